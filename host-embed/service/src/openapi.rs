//! The Attest API as an OpenAPI 3.1 document, made from the routes and the documents' types.

use portcullis_api::exchange::{
    AttestationReplyDoc, AttestationRequestDoc, ChallengeDoc, ChallengeRequestDoc, ProblemDoc,
};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::routes::{ROUTES, Route};

/// The document, as it is checked in and served.
#[must_use]
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for route in &ROUTES {
        let (request, reply) = match route.path {
            "/v1/challenges" => (
                Some(schemas.subschema_for::<ChallengeRequestDoc>()),
                Some(schemas.subschema_for::<ChallengeDoc>()),
            ),
            "/v1/attestations" => (
                Some(schemas.subschema_for::<AttestationRequestDoc>()),
                Some(schemas.subschema_for::<AttestationReplyDoc>()),
            ),
            _ => (None, None),
        };
        let problem = schemas.subschema_for::<ProblemDoc>();
        let operation =
            operation(route, request.map(Value::from), reply.map(Value::from), &problem.into());
        paths.insert(route.path.into(), json!({ route.method.to_lowercase(): operation }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Portcullis Attest API",
            "version": "1",
            "description": "Challenges, verdicts and attestation tokens of a Portcullis verifier.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": { "administrator": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(
    route: &Route,
    request: Option<Value>,
    reply: Option<Value>,
    problem: &Value,
) -> Value {
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let failure = |text: &str| json!({ "description": text, "content": content(problem) });
    let mut responses = Map::new();
    let (kind, schema) = success(route.path);
    let success = match &reply {
        Some(schema) => content(schema),
        None => json!({ kind: { "schema": schema } }),
    };
    responses
        .insert("200".into(), json!({ "description": summary(route.path), "content": success }));
    let mut fails = |status: &str, text: &str| responses.insert(status.into(), failure(text));
    fails("503", "Overloaded, or the store cannot be reached; see Retry-After.");
    if request.is_some() || route.path.contains('{') || route.path == "/v1/hosts" {
        fails("400", "The request cannot be used.");
    }
    if request.is_some() {
        fails("413", "The body is too large.");
    }
    if route.path == "/v1/attestations" {
        fails("409", "The challenge is unknown, spent or expired.");
    }
    if !route.is_public {
        fails("401", "The administrator's credential is missing or wrong.");
    }
    if route.path.contains('{') {
        fails("404", "There is no such object.");
    }
    let mut operation = json!({
        "summary": summary(route.path),
        "responses": responses,
        "security": if route.is_public { json!([]) } else { json!([{ "administrator": [] }]) },
    });
    if let (Some(schema), Some(fields)) = (request, operation.as_object_mut()) {
        fields
            .insert("requestBody".into(), json!({ "required": true, "content": content(&schema) }));
    }
    if let (Some(parameter), Some(fields)) = (parameter(route.path), operation.as_object_mut()) {
        fields.insert("parameters".into(), json!([parameter]));
    }
    operation
}

fn summary(path: &str) -> &'static str {
    match path {
        "/v1/challenges" => "Asks what a host has to prove.",
        "/v1/attestations" => "Answers a challenge with evidence; the reply is the verdict.",
        "/.well-known/jwks.json" => "Keys that sign tokens (RFC 7517).",
        "/v1/signing-certificates" => "The same keys as X.509 certificates.",
        "/v1/openapi.json" => "This document.",
        "/healthz" => "Whether the service runs.",
        "/readyz" => "Whether it can work.",
        "/metrics" => "Counters and latencies (OpenMetrics).",
        "/v1/hosts" => "Registered hosts, a page at a time.",
        "/v1/hosts/{name}/results" => "Verdicts that are kept of a host, the latest first.",
        _ => "What a verdict was made from.",
    }
}

fn success(path: &str) -> (&'static str, Value) {
    match path {
        "/healthz" | "/readyz" => ("text/plain; charset=utf-8", json!({ "type": "string" })),
        "/metrics" => ("application/openmetrics-text", json!({ "type": "string" })),
        "/v1/signing-certificates" => {
            ("application/pem-certificate-chain", json!({ "type": "string" }))
        }
        _ => ("application/json", json!({ "type": "object" })),
    }
}

fn parameter(path: &str) -> Option<Value> {
    let path_parameter = |name: &str, schema: Value| json!({ "name": name, "in": "path", "required": true, "schema": schema });
    match path {
        "/v1/hosts" => Some(json!({
            "name": "after", "in": "query", "required": false, "schema": { "type": "string" },
        })),
        "/v1/hosts/{name}/results" => Some(path_parameter("name", json!({ "type": "string" }))),
        "/v1/results/{id}/bundle" => {
            Some(path_parameter("id", json!({ "type": "integer", "format": "int64" })))
        }
        _ => None,
    }
}
