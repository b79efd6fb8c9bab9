// The document of a case, in whatever runs JavaScript.

const text = (bytes) => new TextDecoder().decode(bytes);

const OPERATIONS = {
  inspect: (engine, _, { file }, bytes) => engine.inspectJson(file.split('/').pop(), bytes),
  appraise: (engine, _, __, bytes) => engine.appraiseJson(text(bytes)),
  assess: (engine, _, __, bytes) => engine.assessJson(text(bytes)),
  explain: (engine, _, __, bytes) => engine.callJson('explain', text(bytes)),
  explain_en: (engine, _, __, bytes) => JSON.stringify(engine.explain(text(bytes), 'en')),
  explain_ja: (engine, _, __, bytes) => JSON.stringify(engine.explain(text(bytes), 'ja')),
  simulate: (_, simulator, { call }) => JSON.stringify(simulator.simulate(call).bundle.request),
};

export const document = (engine, simulator, one, bytes) =>
  OPERATIONS[one.operation](engine, simulator, one, bytes);
