// The published site, as any web server may serve it.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {barriers, keepPicture, looks, openPage, serveFolder, startBrowser} from './bed.mjs';

const golden = process.env.GOLDEN;
const now = new Date('2026-11-24T13:05:30Z');  // just after these sites were made
const deadline = {timeout: 60000};

describe('the published site', () => {
  let browser, outage, unknown, well;
  before(async () => {
    browser = await startBrowser();
    [outage, unknown, well] = await Promise.all(
      ['outage', 'unknown', 'all_well'].map((name) => serveFolder(join(golden, name))));
  });
  after(async () => {
    await browser.close();
    for (const site of [outage, unknown, well]) site.stop();
  });

  for (const [look, options] of Object.entries(looks)) {
    for (const [path, place] of [['/', 'status page'], ['/history/index.html', 'history'], ['/history/2026-11.html', 'month'],
      ['/incidents/01JDF0Q8M0SAMPLE0UTAGE0001.html', 'incident']]) {
      test(`nothing keeps people out of the ${place}: ${look}`, deadline, async () => {
        const page = await openPage(browser, outage.url + path, {...options, now});
        await keepPicture(page, `outage ${place} ${look}`);
        assert.deepEqual(await barriers(page), []);
        assert.deepEqual(page.strangers, []);
        assert.deepEqual(page.complaints.filter((text) => !text.includes('404')), []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, 'nothing is cut off or needs sideways scrolling');
        await page.context().close();
      });
    }
  }

  test('a good day and an unmeasured provider keep nobody out either', deadline, async () => {
    for (const [name, site] of [['well', well], ['unknown', unknown]]) {
      for (const look of ['light', 'dark']) {
        const page = await openPage(browser, site.url, {...looks[look], now});
        await keepPicture(page, `${name} ${look}`);
        assert.deepEqual(await barriers(page), []);
        await page.context().close();
      }
    }
  });

  test('the dark page is dark, and the light one light', deadline, async () => {
    const ground = async (look) => {
      const page = await openPage(browser, outage.url, {...looks[look], now});
      const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.context().close();
      return colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    };
    assert.ok(await ground('light') > 600);
    assert.ok(await ground('dark') < 150);
  });

  test('without scripts everything can be read, and the page loads itself anew', deadline, async () => {
    const page = await openPage(browser, outage.url, {javaScriptEnabled: false});
    assert.match(await page.locator('h1').innerText(), /Major outage: Example Mail/);
    assert.equal(await page.locator('.component').count(), 3);
    assert.equal(await page.locator('.bars').first().getAttribute('aria-label').then((text) => /^The last 90 days: /.test(text)), true);
    assert.ok(await page.locator('.chart').first().isVisible());
    assert.ok(await page.locator('#stale').isHidden());
    assert.match(await page.content(), /http-equiv="refresh"/);
    await page.getByRole('link', {name: 'Example Mail: mail is not accepted'}).first().click();
    assert.match(await page.locator('h1').innerText(), /Example Mail: mail is not accepted/);
    await page.getByRole('link', {name: 'All incidents'}).click();
    assert.equal(await page.locator('h1').innerText(), 'Incident history');
    await page.context().close();
  });

  test('everything is reached and opened with the keyboard alone', deadline, async () => {
    const page = await openPage(browser, unknown.url, {now});
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    assert.ok(await page.locator('.skip').isVisible());
    const reached = new Set();
    for (let i = 0; i < 60; ++i) {
      reached.add(await page.evaluate(() => document.activeElement.outerHTML));
      await page.keyboard.press('Tab');
    }
    const all = await page.evaluate(() => [...document.querySelectorAll('a[href], summary')].map((element) => element.outerHTML));
    assert.deepEqual(all.filter((element) => !reached.has(element)), []);
    const summary = page.locator('.times summary').first();
    await summary.focus();
    const details = page.locator('.times').first();
    const open = await details.evaluate((element) => element.open);
    await page.keyboard.press('Enter');
    assert.equal(await details.evaluate((element) => element.open), !open);
    const outline = await summary.evaluate((element) => getComputedStyle(element).outlineStyle);
    assert.notEqual(outline, 'none', 'who moves by keyboard sees where');
    await page.context().close();
  });

  test('a page that has grown old says so', deadline, async () => {
    const page = await openPage(browser, well.url, {now: new Date('2026-11-24T13:30:00Z')});
    await page.locator('#stale').waitFor({state: 'visible'});
    assert.equal(await page.locator('body').getAttribute('class'), 'stale');
    await keepPicture(page, 'stale');
    assert.deepEqual(await barriers(page), []);
    await page.context().close();
  });

  test('on a static host, too, the page follows what happens and keeps what the reader has opened', deadline, async () => {
    const site = await serveFolder(join(golden, 'all_well'));
    const live = JSON.parse(readFileSync(join(golden, 'all_well/live.json')));
    site.instead['/live.json'] = JSON.stringify({...live, refresh_s: 1});
    const page = await openPage(browser, site.url);
    const details = page.locator('.times').first();
    await details.locator('summary').click();
    assert.equal(await details.evaluate((element) => element.open), false);
    site.instead['/index.html'] = readFileSync(join(golden, 'outage/index.html'));
    site.instead['/live.json'] = JSON.stringify({...live, refresh_s: 1, version: 'other', description: 'Major outage: Example Mail'});
    await page.locator('.banner.critical').waitFor();
    assert.equal(await details.evaluate((element) => element.open), false);
    assert.equal(await page.locator('#news').textContent(), 'Major outage: Example Mail');
    assert.match(await page.title(), /Major outage/);
    await page.context().close();
    site.stop();
  });
});
