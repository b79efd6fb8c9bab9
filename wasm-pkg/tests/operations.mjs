// The document of a case, in whatever runs JavaScript.

const text = (bytes) => new TextDecoder().decode(bytes);

/** Object and text of a verdict are made apart, and must say the same in the same order. */
function both(asObject, asText, bundle) {
  const json = asText(bundle);
  if (JSON.stringify(asObject(bundle)) !== json) throw new Error('object and text differ');
  return json;
}

const OPERATIONS = {
  inspect: (engine, _, { file }, bytes) => engine.inspectJson(file.split('/').pop(), bytes),
  appraise: (engine, _, __, bytes) => both(engine.appraise, engine.appraiseJson, text(bytes)),
  assess: (engine, _, __, bytes) => both(engine.assess, engine.assessJson, text(bytes)),
  explain: (engine, _, __, bytes) =>
    engine.callJson('explain', { document: engine.toBase64(bytes), lang: 'en' }),
  explain_en: (engine, _, __, bytes) => JSON.stringify(engine.explain(text(bytes), 'en')),
  explain_ja: (engine, _, __, bytes) => JSON.stringify(engine.explain(text(bytes), 'ja')),
  simulate: (_, simulator, { call }) => JSON.stringify(simulator.simulate(call).bundle.request),
};

export const document = (engine, simulator, one, bytes) =>
  OPERATIONS[one.operation](engine, simulator, one, bytes);
