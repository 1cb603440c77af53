// What the tests stand on: a browser, a static web server, a running mailcanary.
import {spawn, spawnSync} from 'node:child_process';
import {createServer} from 'node:http';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, normalize} from 'node:path';
import axe from 'axe-core';
import {chromium} from 'playwright-core';

export const looks = {
  light: {colorScheme: 'light', viewport: {width: 1280, height: 900}},
  dark: {colorScheme: 'dark', viewport: {width: 1280, height: 900}},
  phone: {colorScheme: 'light', viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true, deviceScaleFactor: 2},
  'dark phone': {colorScheme: 'dark', viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true},
};

export function startBrowser() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
}

// A page that notes what it asks of other places, and what the browser complains of.
export async function openPage(browser, url, options = {}) {
  const {now, ...look} = options;
  const context = await browser.newContext({...looks.light, ...look, bypassCSP: false});
  const page = await context.newPage();
  const origin = new URL(url).origin;
  page.strangers = [];
  page.complaints = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) page.strangers.push(request.url());
  });
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  if (now) await page.clock.setFixedTime(now);
  await page.goto(url);
  return page;
}

// What keeps people out, gravely: "rule: element".
export async function barriers(page) {
  // The page's policy forbids scripts from elsewhere; the tool comes in by the debugger, which is not bound by it.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', {expression: axe.source + ';0'});
  const {result} = await session.send('Runtime.evaluate', {
    expression: 'axe.run().then((found) => JSON.stringify(found.violations))', awaitPromise: true});
  return JSON.parse(result.value).filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`);
}

const types = {html: 'text/html', css: 'text/css', js: 'text/javascript', json: 'application/json', svg: 'image/svg+xml',
  atom: 'application/atom+xml', rss: 'application/rss+xml'};

// A folder as any static host serves it. `instead`: other bytes for some paths.
export function serveFolder(folder, instead = {}) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://x').pathname).replace(/\/$/, '/index.html');
    const file = join(folder, path);
    const there = existsSync(file) && statSync(file).isFile();
    if (!(path in instead) && !there) { response.writeHead(404).end(); return; }
    response.writeHead(200, {'Content-Type': types[path.split('.').pop()] ?? 'application/octet-stream'});
    response.end(instead[path] ?? readFileSync(file));
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => {
    done({url: `http://127.0.0.1:${server.address().port}`, instead, stop: () => server.closeAllConnections?.() ?? server.close()});
  }));
}

// The built program, sending through a script that files the message in a Maildir.
export class Monitor {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'mailcanary-browser-'));
    for (const name of ['new', 'cur', 'tmp']) mkdirSync(join(this.folder, 'watch', name), {recursive: true});
    this.deliver('cat > "$dir/watch/tmp/$$" && mv "$dir/watch/tmp/$$" "$dir/watch/new/$(date +%s%N).$$.x"');
    this.port = 20000 + process.pid % 20000;
    this.url = `http://127.0.0.1:${this.port}`;
    writeFileSync(join(this.folder, 'mailcanary.yaml'), `
accounts:
  shop: {provider: one, address: shop@bed.example, smtp: "sendmail:${this.folder}/deliver"}
  watch: {provider: two, address: watch@bed.example, inbox: "maildir:${this.folder}/watch"}
providers:
  one: {name: Example Mail}
  two: {name: Other Mail}
routes:
  - {from: shop, to: watch, every: 2s, late_after: 10s}
status: {title: Bed Mail, listen: "127.0.0.1:${this.port}"}
`);
    this.process = spawn(process.env.MAILCANARY, ['run', '--operator', '-c', join(this.folder, 'mailcanary.yaml')],
      {stdio: ['ignore', 'ignore', 'pipe']});
    this.log = '';
    this.process.stderr.on('data', (bytes) => { this.log += bytes; });
  }
  deliver(command) {
    writeFileSync(join(this.folder, 'deliver'), `#!/bin/sh\ndir=${this.folder}\n${command}\n`);
    chmodSync(join(this.folder, 'deliver'), 0o755);
  }
  command(...words) {
    const done = spawnSync(process.env.MAILCANARY, [...words, '-c', join(this.folder, 'mailcanary.yaml')], {encoding: 'utf8'});
    if (done.status !== 0) throw new Error(words.join(' ') + ': ' + done.stderr);
    return done.stdout;
  }
  // Asks until the answer is as wanted; the test runner's deadline ends what never comes.
  async until(path, wanted) {
    for (;;) {
      if (this.ended()) throw new Error(`mailcanary ended (${this.process.signalCode ?? this.process.exitCode}): ${this.log}`);
      try {
        const answer = await fetch(this.url + path);
        const text = await answer.text();
        if (wanted(text)) return text;
      } catch (failure) { if (failure instanceof SyntaxError) throw failure; }
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  ended() { return this.process.exitCode !== null || this.process.signalCode !== null; }
  async stop() {
    const left = this.ended() ? null : new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    await left;
    rmSync(this.folder, {recursive: true, force: true});
  }
}

export async function keepPicture(page, name) {
  if (!process.env.SHOTS) return;
  await page.screenshot({path: join(process.env.SHOTS, name.replaceAll(/[^a-z0-9]+/gi, '-') + '.png'), fullPage: true});
}
