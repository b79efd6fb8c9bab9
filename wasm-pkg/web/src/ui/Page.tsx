// The frame: what is always there, and the view that is chosen.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { fromDrop } from '../files';
import { go, open, set, setLang, setTheme, type Theme, useApp, useTexts, type View, VIEWS } from '../state';
import { Icon } from './bits';
import { Compare } from './Compare';
import { FleetView } from './Fleet';
import { Open } from './Open';
import { Timeline } from './Timeline';
import { VerdictView } from './Verdict';
import { WhatIf } from './WhatIf';

const PAGES: Record<View, () => JSX.Element> = {
  open: Open,
  verdict: VerdictView,
  timeline: Timeline,
  whatif: WhatIf,
  compare: Compare,
  fleet: FleetView,
};

/** Views that show one host. */
const OF_HOST: View[] = ['verdict', 'timeline', 'whatif'];

export function Page(): JSX.Element {
  const { view, host, expected } = useApp();
  const t = useTexts();
  const View = OF_HOST.includes(view) && host === null && !expected ? Nothing : PAGES[view];
  const main = useRef<HTMLElement>(null);
  const shown = useRef(view);
  useEffect(() => {
    document.title = `${t.views[view]} · Portcullis`;
    if (shown.current === view) return;
    // Who works with the keyboard or listens is taken along.
    shown.current = view;
    main.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [view, t]);
  return (
    <div
      class="page"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (event.dataTransfer) void fromDrop(event.dataTransfer).then(({ files }) => open(files));
      }}
    >
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        {t.skip}
      </a>
      <Header />
      <Notices />
      <main id="main" ref={main} tabIndex={-1}>
        <View />
      </main>
      <footer class="foot">{t.local}</footer>
    </div>
  );
}

function Header(): JSX.Element {
  const { view, host, verdict, lang, theme, fleet } = useApp();
  const t = useTexts();
  const tone = verdict === null ? '' : verdict.outcome.endsWith('ass') || verdict.outcome === 'Passed' ? 'pass' : 'fail';
  return (
    <header class="top">
      <a class="brand" href="#/open" onClick={() => go('open')}>
        <Logo />
        <span>Portcullis</span>
      </a>
      <nav aria-label={t.nav}>
        {VIEWS.map((name) => (
          <a
            key={name}
            href={`#/${name}`}
            aria-current={view === name ? 'page' : undefined}
            class={OF_HOST.includes(name) && host === null ? 'quiet' : undefined}
          >
            {t.views[name]}
            {name === 'fleet' && fleet.total > 0 && <span class="count">{fleet.total}</span>}
          </a>
        ))}
      </nav>
      <div class="settings">
        {host !== null && (
          <span class={`host-name ${tone}`} title={host.name}>
            {host.name}
          </span>
        )}
        <select
          aria-label={t.theme.label}
          value={theme}
          onChange={(event) => setTheme(event.currentTarget.value as Theme)}
        >
          <option value="system">{t.theme.system}</option>
          <option value="light">{t.theme.light}</option>
          <option value="dark">{t.theme.dark}</option>
        </select>
        <select
          aria-label={t.language}
          value={lang}
          onChange={(event) => setLang(event.currentTarget.value === 'ja' ? 'ja' : 'en')}
        >
          <option value="en">English</option>
          <option value="ja">日本語</option>
        </select>
      </div>
    </header>
  );
}

const Logo = (): JSX.Element => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path d="M6 8h20M10 8v17M16 8v17M22 8v17M7 14h18M7 20h18" />
  </svg>
);

function Notices(): JSX.Element {
  const { busy, error } = useApp();
  const t = useTexts();
  return (
    <div class="notices">
      <div role="status" class={busy === null ? 'busy hidden' : 'busy'}>
        {busy}
      </div>
      {error !== null && (
        <div role="alert" class="error">
          <Icon shape="warn" />
          <div>
            <strong>{t.error.title}</strong>
            <p>{error}</p>
          </div>
          <button type="button" onClick={() => set({ error: null })}>
            {t.error.close}
          </button>
        </div>
      )}
    </div>
  );
}

function Nothing(): JSX.Element {
  const t = useTexts().nothing;
  return (
    <section class="nothing">
      <h1>{t.title}</h1>
      <p>{t.text}</p>
      <button type="button" class="primary" onClick={() => go('open')}>
        {t.go}
      </button>
    </section>
  );
}
