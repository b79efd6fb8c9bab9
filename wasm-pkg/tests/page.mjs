// The page in a real browser: what an administrator does with it, and what must never happen.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostileLog, longLog } from './logs.mjs';
import { browser, captures, finish, npm, page as folder, project, serve, test } from './support.mjs';

const shots = join(project, 'target/screenshots');
mkdirSync(shots, { recursive: true });
const temporary = mkdtempSync(join(tmpdir(), 'portcullis-page-'));

const chromium = await browser();
if (chromium === null) {
  rmSync(temporary, { recursive: true });
  process.exit(0);
}
const { origin, close } = await serve(folder);
const engine = await import(`${npm}/node.js`);
const simulator = await import(`${npm}/simulator-node.js`);

/** What no visit may do. */
const offences = [];
const timings = {};

async function visit({ lang = 'en', path = '', viewport = { width: 1360, height: 900 }, scheme = 'light' } = {}) {
  const context = await chromium.newContext({ viewport, colorScheme: scheme, locale: lang, reducedMotion: 'reduce' });
  context.setDefaultTimeout(90_000);
  const tab = await context.newPage();
  tab.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'blob:') offences.push(`request to ${url}`);
  });
  tab.on('pageerror', (error) => offences.push(`error: ${error.message}`));
  tab.on('console', (message) => {
    if (message.type() === 'error') offences.push(`console: ${message.text()}`);
  });
  await tab.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longTasks.push(Math.round(entry.duration));
    }).observe({ type: 'longtask', buffered: true });
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await tab.goto(`${origin}/${path}`);
  return tab;
}

const FILES = 'input[type=file]:not([webkitdirectory])';
const outcome = (tab) => tab.locator('.hero [data-outcome]').getAttribute('data-outcome', { timeout: 60_000 });
const shot = (tab, name, options = {}) => tab.screenshot({ path: join(shots, `${name}.png`), ...options });
const nav = (tab, name) => tab.locator(`nav a[href="#/${name}"]`).click();
const capture = (name) => join(captures, name);

async function accessible(tab, what) {
  await tab.evaluate(readFileSync(join(project, 'wasm-pkg/node_modules/axe-core/axe.min.js'), 'utf8'));
  const { violations } = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).slice(0, 3).join(' | ')}`);
  assert.deepEqual(told, [], what);
}

/** A file: what the browser is handed as bytes would be decoded on the thread that draws. */
function onDisk(name, bytes) {
  const path = join(temporary, name);
  writeFileSync(path, bytes);
  return path;
}

/** A folder of so many bundles of hosts in a few conditions. */
function fleetFolder(count) {
  const good = JSON.parse(readFileSync(capture('reboot.bundle.json'), 'utf8'));
  const bad = JSON.parse(readFileSync(capture('dbx-added.bundle.json'), 'utf8'));
  const fleet = join(temporary, 'fleet');
  mkdirSync(fleet);
  for (let index = 0; index < count; index += 1) {
    const bundle = structuredClone(index % 5 === 0 ? bad : good);
    bundle.host.name = `host-${String(index).padStart(3, '0')}`;
    if (index % 20 === 1) bundle.request.evidence.quotes = [];
    if (index % 20 === 2) bundle.host.registrations = [];
    if (index % 50 === 3) bundle.request.now = '1';
    writeFileSync(join(fleet, `${bundle.host.name}.bundle.json`), JSON.stringify(bundle));
  }
  return fleet;
}

await test('a sample gives its verdict, and the first one comes soon', async () => {
  const tab = await visit({ path: '?sample=reboot' });
  assert.equal(await outcome(tab), 'Passed');
  // From navigation to the painted verdict, as the page itself measures time.
  timings.firstVerdictMs = Math.round(await tab.evaluate(() => performance.now()));
  await shot(tab, 'verdict-pass', { fullPage: true });
  await accessible(tab, 'verdict that passes');
  await tab.context().close();
});

await test('dropped files of a capture are recognised and judged', async () => {
  const tab = await visit();
  await shot(tab, 'open');
  await accessible(tab, 'open');
  const names = readdirSync(capture('a-sb-on-ms')).filter((name) => statSync(join(capture('a-sb-on-ms'), name)).isFile());
  const files = names.map((name) => ({ name, text: readFileSync(join(capture('a-sb-on-ms'), name)).toString('base64') }));
  const transfer = await tab.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, text } of list) {
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    return data;
  }, files);
  await tab.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
  assert.equal(await outcome(tab), 'WouldFail', 'no baseline is registered');
  assert.match(await tab.locator('#problems').innerText(), /BASELINE-MISSING/);
  await nav(tab, 'open');
  const found = await tab.locator('table.plain').innerText();
  for (const word of ['Event log', 'TPM quote', 'Public key', 'Certificate', 'challenge', 'proof that the keys belong together']) {
    assert.ok(found.includes(word), `${word} in ${found}`);
  }
  await tab.context().close();
});

await test('what an administrator hands in by hand is judged as a host without a quote', async () => {
  // The files of the documented steps: identifier, baseline log, CI policy; and a service's rules,
  // because the boot manager of a simulated host is signed by a test key.
  const host = simulator.simulate({ preset: 'dell-r740-ws2022', seed: 7, now: '1795600000' });
  const { evidence } = host.bundle.request;
  const folder_ = join(temporary, 'HOST-7');
  mkdirSync(folder_);
  const put = (name, text) => writeFileSync(join(folder_, name), Buffer.from(text, 'base64'));
  put('HOST-7.xml', host.platform_identifier);
  put('HWConfig1.tcglog', evidence.event_log);
  const rules = { ...host.bundle.policy_set, baselines: [] };
  writeFileSync(join(folder_, 'rules.json'), JSON.stringify(rules));
  for (const policy of host.ci_policies) put(policy.file, policy.content);
  const tab = await visit();
  await tab.setInputFiles('input[webkitdirectory]', folder_);
  assert.equal(await outcome(tab), 'WouldFail', 'no baseline is registered');
  assert.match(await tab.locator('.hero').innerText(), /Log only, no quote/);
  await nav(tab, 'whatif');
  await tab.getByRole('button', { name: 'Try it' }).click();
  await tab.locator('.side [data-outcome="WouldPass"]').waitFor();
  await tab.context().close();
});

await test('a failing check leads to its event and bytes', async () => {
  const tab = await visit({ path: '?sample=dbx-added' });
  assert.equal(await outcome(tab), 'Failed');
  await shot(tab, 'verdict-fail', { fullPage: true });
  await accessible(tab, 'verdict that fails');
  await tab.locator('#problems .event-link').first().click();
  await tab.locator('.detail .because').first().waitFor();
  assert.match(await tab.locator('.detail h2').innerText(), /Event 8\s+PCR 7/);
  assert.match(await tab.locator('.detail .because').first().innerText(), /DBX-ENTRIES-ADDED/);
  assert.equal(await tab.locator('.row.active').getAttribute('data-event'), '8');
  assert.ok((await tab.locator('.hex-line').count()) > 8);
  await shot(tab, 'timeline');
  await accessible(tab, 'timeline');
  await tab.context().close();
});

await test('the timeline is filtered, and walked with the keyboard', async () => {
  const tab = await visit({ path: '?sample=dbx-added' });
  await outcome(tab);
  await nav(tab, 'timeline');
  await tab.locator('.row').first().waitFor();
  await tab.getByRole('searchbox').fill('dbx');
  await tab.waitForFunction(() => /^[1-9] of/.test(document.querySelector('.filters [role=status]')?.textContent ?? ''));
  await tab.getByRole('searchbox').fill('');
  await tab.getByRole('button', { name: 'PCR 7', exact: true }).click();
  await tab.waitForFunction(() => [...document.querySelectorAll('.row .lane.on')].every((lane) => lane.textContent === '7'));
  await tab.getByRole('button', { name: 'All', exact: true }).click();
  await tab.locator('.rows').focus();
  await tab.keyboard.press('End');
  await tab.waitForFunction(() => {
    const active = document.querySelector('.row.active');
    return active !== null && active.getAttribute('aria-posinset') === active.getAttribute('aria-setsize');
  });
  await tab.keyboard.press('Home');
  await tab.locator('.row.active[aria-posinset="1"]').waitFor();
  await tab.context().close();
});

await test('a policy is switched off and the verdict changes, both ways', async () => {
  const tab = await visit({ path: '?sample=dbx-added' });
  await outcome(tab);
  await nav(tab, 'whatif');
  const began = await tab.evaluate(() => performance.now());
  await tab.locator('[data-policy="Hgs_SecureBootSettings"] input').uncheck({ force: true });
  await tab.locator('.side [data-outcome="WouldPass"]').waitFor();
  timings.editToVerdictMs = Math.round((await tab.evaluate(() => performance.now())) - began);
  await shot(tab, 'whatif', { fullPage: true });
  await accessible(tab, 'what if');
  await tab.getByRole('button', { name: 'Undo all' }).click();
  await tab.locator('.side.blank').waitFor();
  // The smallest change that the engine offers does the same.
  await tab.getByRole('button', { name: 'Try it' }).click();
  await tab.locator('.side [data-outcome="WouldPass"]').waitFor();
  const download = tab.waitForEvent('download');
  await tab.locator('label.check', { hasText: 'Leave out name' }).locator('input').check();
  await tab.getByRole('button', { name: 'Save as a bundle' }).click();
  const saved = readFileSync(await (await download).path(), 'utf8');
  const bundle = JSON.parse(saved);
  assert.equal(bundle.host.name, 'redacted');
  assert.equal(bundle.request.evidence.ek_certificate, undefined);
  assert.equal(engine.inspect('x', Buffer.from(saved)).kind, 'bundle');
  await tab.context().close();
});

await test('a recorded host is asked what would be, had its firmware measured something else', async () => {
  const tab = await visit({ path: '?sample=reboot' });
  assert.equal(await outcome(tab), 'Passed');
  await nav(tab, 'whatif');
  await tab.getByRole('button', { name: /Any: One more entry in dbx/ }).click();
  await tab.locator('.side [data-outcome="WouldFail"]').waitFor();
  assert.match(await tab.locator('.differences').innerText(), /DBX-ENTRIES-ADDED/);
  assert.match(await tab.locator('.sides').innerText(), /Hypothetical/);
  await shot(tab, 'whatif-measured', { fullPage: true });
  await accessible(tab, 'what if, measured');
  await tab.getByRole('button', { name: 'Undo all' }).click();
  await tab.locator('.measured select').selectOption('off');
  await tab.locator('.side [data-outcome="WouldFail"]').waitFor();
  assert.match(await tab.locator('.differences').innerText(), /SECURE-BOOT-OFF|SECURE-BOOT/);
  await tab.getByRole('button', { name: 'Undo all' }).click();
  // A boot chain baseline says nothing about the firmware's version: the host passes as before.
  await tab.locator('input[name=firmware]').fill('9.9.9');
  await tab.locator('input[name=firmware]').blur();
  await tab.locator('.side [data-outcome="WouldPass"]').waitFor();
  await tab.context().close();
});

await test('a simulated host is built, judged, and started again with another setting', async () => {
  const tab = await visit();
  await tab.locator('select[name=preset]').focus();
  await tab.locator('option', { hasText: 'fails-iommu-enabled' }).waitFor({ state: 'attached' });
  await tab.locator('select[name=preset]').selectOption('dell-r740-ws2022');
  const began = Date.now();
  await tab.getByRole('button', { name: 'Simulate' }).click();
  assert.equal(await outcome(tab), 'Passed');
  timings.simulateMs = Date.now() - began;
  await shot(tab, 'verdict-simulated', { fullPage: true });
  await nav(tab, 'whatif');
  await tab.locator('.knob', { hasText: 'dbx' }).locator('input').first().fill('371');
  await tab.locator('.knob', { hasText: 'dbx' }).locator('input').first().blur();
  await tab.locator('.side [data-outcome="WouldFail"]').waitFor({ timeout: 60_000 });
  await nav(tab, 'timeline');
  await tab.locator('.row').first().waitFor();
  await tab.getByRole('searchbox').fill('vsm');
  await tab.waitForTimeout(400);
  await tab.locator('.row').first().click();
  await tab.locator('.detail .tree').first().waitFor();
  await shot(tab, 'timeline-windows');
  // The host came with its CI policy, which can be read.
  await nav(tab, 'compare');
  const policy = await tab.locator('optgroup[label="CI policies"] option').first().getAttribute('value') ??
    await tab.locator('optgroup[label="CI policies"] option').first().innerText();
  await tab.getByLabel('First').selectOption(policy);
  await tab.locator('.topics li').first().waitFor();
  await shot(tab, 'ci-policy', { fullPage: true });
  await accessible(tab, 'CI policy');
  await tab.context().close();
});

await test('two logs are compared', async () => {
  const tab = await visit({ path: '#/compare' });
  await tab.setInputFiles(FILES, [join(capture('a-sb-on-ms'), 'eventlog.bin')]);
  await tab.locator('option', { hasText: 'eventlog' }).first().waitFor({ state: 'attached' });
  await tab.setInputFiles(FILES, [join(capture('d1-dbx-added'), 'eventlog.bin')]);
  await tab.locator('section[aria-label="PCR 7"]').waitFor();
  assert.match(await tab.locator('.compare [role=status]').innerText(), /1 register differs/);
  await shot(tab, 'compare', { fullPage: true });
  await accessible(tab, 'compare');
  await tab.context().close();
});

await test('a fleet of 200 is grouped by cause, and one policy is changed for all', async () => {
  const tab = await visit({ path: '#/fleet' });
  const began = Date.now();
  await tab.setInputFiles('input[webkitdirectory]', fleetFolder(200));
  await tab.waitForFunction(() => !document.querySelector('.progress') && document.querySelectorAll('.causes > li').length >= 3, null, { timeout: 120_000 });
  timings.fleetOf200Ms = Date.now() - began;
  const failing = Number(await tab.locator('[data-count=fail] strong').innerText());
  const passing = Number(await tab.locator('[data-count=pass] strong').innerText());
  assert.equal(failing + passing, 200);
  await tab.locator('.fleet select').first().selectOption('Hgs_SecureBootSettings');
  await tab.getByRole('button', { name: 'Judge all again' }).click();
  await tab.locator('.moved .chip.pass').waitFor({ timeout: 120_000 });
  assert.ok(Number(await tab.locator('[data-count=pass] strong').innerText()) > passing);
  await shot(tab, 'fleet', { fullPage: true });
  await accessible(tab, 'fleet');
  const download = tab.waitForEvent('download');
  await tab.getByRole('button', { name: 'Save as a table' }).click();
  const table = readFileSync(await (await download).path(), 'utf8').split('\r\n');
  assert.equal(table.length, 201);
  assert.match(table[1], /^"host-\d+","Would(Pass|Fail)","[A-Z-]+","fleet\/host-\d+.bundle.json"$/);
  await tab.locator('.causes > li').first().locator('summary').click();
  await tab.locator('.members .link').first().click();
  assert.match(await tab.locator('.hero-host').innerText(), /host-\d+/);
  await tab.context().close();
});

await test('a run over the fleet is cancelled', async () => {
  const tab = await visit({ path: '#/fleet' });
  // Two seconds are short for somebody who looks for a button: it is pressed when it appears.
  await tab.evaluate(() => {
    const watch = new MutationObserver(() => {
      const button = document.querySelector('.progress button');
      if (button === null) return;
      watch.disconnect();
      button.click();
    });
    watch.observe(document.body, { childList: true, subtree: true });
  });
  await tab.setInputFiles('input[webkitdirectory]', join(temporary, 'fleet'));
  await tab.locator('.counts .note').waitFor({ timeout: 60_000 });
  assert.match(await tab.locator('.counts .note').innerText(), /Cancelled/);
  await tab.context().close();
});

await test('a hostile file of 4 MiB says what is wrong, and the page lives', async () => {
  const tab = await visit();
  const garbage = Buffer.alloc(4 << 20);
  for (let at = 0, state = 1; at < garbage.length; at += 1) garbage[at] = (state = (state * 1103515245 + 12345) >>> 0) >>> 24;
  const before = await tab.evaluate(() => window.longTasks.length);
  await tab.setInputFiles(FILES, onDisk('garbage.tcglog', garbage));
  await tab.locator('table.plain').waitFor({ timeout: 60_000 });
  assert.match(await tab.locator('table.plain').innerText(), /FILE-UNKNOWN/);
  await tab.setInputFiles(FILES, onDisk('hostile.tcglog', hostileLog()));
  assert.equal(await outcome(tab), 'WouldFail');
  assert.match(await tab.locator('#problems').innerText(), /LOG-UNREADABLE/);
  await nav(tab, 'timeline');
  await tab.locator('.timeline .note, .row, .calm').first().waitFor({ timeout: 60_000 });
  await nav(tab, 'open');
  await tab.locator('.sample').first().click();
  await tab.locator('.hero [data-outcome="Passed"]').waitFor({ timeout: 60_000 });
  const tasks = (await tab.evaluate(() => window.longTasks)).slice(before);
  timings.hostileLongestTaskMs = Math.max(0, ...tasks);
  // The goal is 50 ms on a machine that does nothing else. Parsing on this thread takes seconds.
  assert.ok(timings.hostileLongestTaskMs < 1000, `the page stood still: ${tasks} ms`);
  await tab.context().close();
});

await test('a log of 5,000 events scrolls without holes', async () => {
  const tab = await visit();
  await tab.setInputFiles(FILES, onDisk('long.tcglog', longLog(5000)));
  await outcome(tab);
  await nav(tab, 'timeline');
  await tab.locator('.row').first().waitFor();
  assert.match(await tab.locator('.filters [role=status]').innerText(), /of 5001 events/);
  await tab.evaluate(() => (window.longTasks.length = 0));
  const frames = await tab.evaluate(async () => {
    const rows = document.querySelector('.rows');
    const gaps = [];
    let last = performance.now();
    for (let step = 0; step < 240; step += 1) {
      rows.scrollTop += 600;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      gaps.push(performance.now() - last);
      last = performance.now();
    }
    return gaps.sort((a, b) => a - b);
  });
  timings.scrollFrameMedianMs = Math.round(frames[120]);
  timings.scrollFrameWorstMs = Math.round(frames[239]);
  timings.scrollLongTasks = (await tab.evaluate(() => window.longTasks)).length;
  await tab.waitForFunction(() => document.querySelectorAll('.row').length > 10 && ![...document.querySelectorAll('.row')].some((row) => row.textContent === '…'));
  const rows = await tab.locator('.row').count();
  assert.ok(rows < 120, `${rows} rows exist at once`);
  // Half of the frames of a slow machine may be late; a page that lays out every row misses all.
  assert.ok(frames[120] < 50, `half of the frames took over ${frames[120]} ms`);
  await tab.context().close();
});

await test('everything can be read in Japanese, in the dark, and on a narrow screen', async () => {
  const tab = await visit({ lang: 'ja', path: '?sample=dbx-added', scheme: 'dark' });
  assert.equal(await outcome(tab), 'Failed');
  assert.equal(await tab.locator('html').getAttribute('lang'), 'ja');
  assert.match(await tab.locator('.hero').innerText(), /不合格/);
  await shot(tab, 'japanese-dark', { fullPage: true });
  await accessible(tab, 'Japanese, dark');
  for (const view of ['timeline', 'whatif', 'compare', 'fleet', 'open']) {
    await nav(tab, view);
    await tab.waitForTimeout(250);
    await accessible(tab, `${view}, Japanese, dark`);
    if (view === 'whatif') await shot(tab, 'japanese-dark-whatif');
  }
  // A word that nobody translated would be an English label between Japanese ones.
  await tab.getByLabel('言語').selectOption('en');
  await tab.locator('h1', { hasText: 'Would this host pass?' }).waitFor();
  await tab.getByLabel('Language').selectOption('ja');
  await tab.context().close();
  const narrow = await visit({ path: '?sample=dbx-added', viewport: { width: 390, height: 844 } });
  await outcome(narrow);
  for (const view of ['verdict', 'timeline', 'whatif', 'compare', 'fleet', 'open']) {
    await nav(narrow, view);
    await narrow.waitForTimeout(250);
    const wide = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${view} is ${wide} pixels too wide`);
    const cut = await narrow.evaluate(() =>
      [...document.querySelectorAll('.hero, .panel, .side, .finding')].filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className),
    );
    assert.deepEqual(cut, [], `${view} cuts something off`);
    await shot(narrow, `narrow-${view}`);
    await accessible(narrow, `${view}, narrow`);
  }
  await narrow.context().close();
});

await test('without its engine the page says so, and waits for nothing', async () => {
  const context = await chromium.newContext({ locale: 'en' });
  const tab = await context.newPage();
  await tab.route('**/portcullis-*.wasm', (route) => route.abort());
  await tab.goto(`${origin}/`);
  for (let turn = 0; turn < 2; turn += 1) {
    await tab.locator('.sample').first().click();
    await tab.getByRole('alert').waitFor();
    assert.match(await tab.getByRole('alert').innerText(), /did not work[\s\S]*(fetch|Compile|Error)/);
    await tab.getByRole('button', { name: 'Close' }).click();
    assert.equal(await tab.locator('.busy:not(.hidden)').count(), 0);
  }
  await context.close();
});

await test('a visit left the origin nowhere, and broke no rule of the page', () => {
  assert.deepEqual(offences, []);
});

console.log(`timings: ${JSON.stringify(timings)}`);
await chromium.close();
close();
rmSync(temporary, { recursive: true });
finish();
