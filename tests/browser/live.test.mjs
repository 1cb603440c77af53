// The pages that `run` serves: what happens is seen at once; operators see and do what they need.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {barriers, keepPicture, looks, Monitor, openPage, startBrowser} from './bed.mjs';

const deadline = {timeout: 120000};

describe('the pages of a running monitor', () => {
  let browser, monitor;
  before(async () => {
    monitor = new Monitor();
    browser = await startBrowser();
    await monitor.until('/api/v2/status.json', (text) => text.includes('All systems operational'));
  });
  after(async () => {
    await browser.close();
    await monitor.stop();
  });

  test('a change is on an open page within moments, without loading it again', deadline, async (context) => {
    const page = await openPage(browser, monitor.url);
    await page.locator('.banner.ok').waitFor();
    await page.evaluate(() => { window.sameDocument = true; });
    const from = new Date(Date.now() + 3 * 24 * 3600 * 1000).toISOString();
    monitor.command('maintenance', 'add', 'New disks', '--from', from, '--for', '2h', '--provider', 'two');
    const began = performance.now();
    await page.getByText('New disks').first().waitFor();
    context.diagnostic(`maintenance seen after ${(performance.now() - began).toFixed(0)} ms`);
    assert.equal(await page.evaluate(() => window.sameDocument), true);
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(page.strangers, []);
    await page.context().close();
  });

  test('an outage is on an open page, an operator takes it and closes it, and the public reads what was said', deadline, async () => {
    const page = await openPage(browser, monitor.url);
    monitor.deliver('echo "no room for <mail>" >&2; exit 65');
    await page.locator('.banner.major').waitFor();
    assert.deepEqual(await barriers(page), []);
    const operator = await openPage(browser, monitor.url + '/operator', {javaScriptEnabled: false});
    assert.equal(await operator.locator('.matrix .route.down strong').innerText(), 'down');
    await keepPicture(operator, 'operator');
    await operator.locator('.matrix .route').click();
    await operator.locator('.canary summary').first().click();
    await keepPicture(operator, 'operator route');
    assert.match(await operator.locator('.canary').first().innerText(), /rejected/);
    await operator.goto(monitor.url + '/operator');
    await operator.locator('.line a').first().click();
    const link = await operator.getByText('/ack/').innerText();
    const taking = await openPage(browser, monitor.url + link, {javaScriptEnabled: false});
    await keepPicture(taking, 'take it');
    assert.deepEqual(taking.complaints, []);
    await taking.locator('input').fill('Ada <script>');
    await taking.getByRole('button', {name: 'Acknowledge'}).click();
    await taking.getByText('Taken by Ada <script>').waitFor();
    assert.equal((await fetch(monitor.url + link.slice(0, -1) + 'x')).status, 404, 'only the right signature opens it');
    await taking.context().close();
    await operator.reload();
    assert.match(await operator.locator('.facts-list').innerText(), /Ada <script>/);
    await keepPicture(operator, 'operator incident');
    const form = operator.locator('form[action$="post"]');
    await form.locator('input').fill('Ada');
    await form.locator('textarea[name=text]').fill('the provider is on it');
    await form.locator('textarea[name=public]').fill('The provider has found the cause.');
    await form.locator('select').selectOption('identified');
    await form.locator('button').click();
    await page.getByText('The provider has found the cause.').first().waitFor();
    await page.context().close();
    await operator.context().close();
  });

  for (const look of ['light', 'dark', 'phone']) {
    test(`nothing keeps operators out: ${look}`, deadline, async () => {
      const page = await openPage(browser, monitor.url + '/operator', looks[look]);
      await keepPicture(page, `operator ${look}`);
      assert.deepEqual(await barriers(page), []);
      await page.locator('.matrix .route').first().click();
      assert.deepEqual(await barriers(page), []);
      await page.goto(monitor.url + '/operator');
      await page.locator('.line a').first().click();
      await page.locator('h1').waitFor();
      assert.deepEqual(await barriers(page), []);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
});
