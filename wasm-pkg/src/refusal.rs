//! What is thrown: a [`RefusalDoc`] as JSON text. The package's JavaScript makes a
//! `PortcullisError` of it.

use std::fmt::Display;

use portcullis_api::baseline::HashAlg;
use portcullis_api::call::RefusalDoc;
use portcullis_api::change::Question;
use portcullis_api::ci_policy::PolicyError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// JSON text, or a refusal.
pub type Reply = Result<String, Thrown>;

/// A refusal on its way to JavaScript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thrown(RefusalDoc);

impl Thrown {
    fn new(kind: &str, message: impl Display) -> Self {
        Self(RefusalDoc { kind: kind.into(), message: message.to_string() })
    }

    /// An argument has a value that it cannot have.
    #[must_use]
    pub fn field(message: &str) -> Self {
        Self::new("field", message)
    }

    /// No operation has this name.
    #[must_use]
    pub fn unknown_operation(name: &str) -> Self {
        Self::new("unknown_operation", format!("no operation has the name `{name}`"))
    }

    /// Something that cannot happen did.
    #[must_use]
    pub fn bug(error: impl Display) -> Self {
        Self::new("bug", error)
    }

    /// The refusal.
    #[must_use]
    pub const fn refusal(&self) -> &RefusalDoc {
        &self.0
    }
}

impl From<RefusalDoc> for Thrown {
    fn from(refusal: RefusalDoc) -> Self {
        Self(refusal)
    }
}

impl From<portcullis_api::Error> for Thrown {
    fn from(error: portcullis_api::Error) -> Self {
        Self(error.into())
    }
}

impl From<PolicyError> for Thrown {
    fn from(error: PolicyError) -> Self {
        Self::new("policy", format!("the file {error}"))
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        let json = String::from_utf8(thrown.0.to_json()).unwrap_or_default();
        Self::from_str(&json)
    }
}

/// A document as an object of JavaScript: what `JSON.parse` of its text gives, without the text.
///
/// # Errors
/// None: the documents have string keys only.
pub fn object(document: &impl Serialize) -> Result<JsValue, Thrown> {
    document.serialize(&Serializer::json_compatible()).map_err(Thrown::bug)
}

/// The canonical JSON of a document.
///
/// # Errors
/// None: the documents have string keys only.
pub fn json(document: &impl Serialize) -> Reply {
    serde_json::to_string(document).map_err(Thrown::bug)
}

/// Reads an argument that is JSON.
///
/// # Errors
/// Kind `json`.
pub fn read<T: DeserializeOwned>(document: &'static str, text: &str) -> Result<T, Thrown> {
    serde_json::from_str(text).map_err(|error| Thrown::new("json", format!("{document}: {error}")))
}

/// A bank by its name.
///
/// # Errors
/// Kind `field`.
pub fn bank(name: &str) -> Result<HashAlg, Thrown> {
    let what = || Thrown::field(&format!("`{name}` is none of sha1, sha256, sha384, sha512"));
    HashAlg::from_name(name).ok_or_else(what)
}

/// A question by its name.
///
/// # Errors
/// Kind `field`.
pub fn question(name: &str) -> Result<Question, Thrown> {
    match name {
        "appraise" => Ok(Question::Appraise),
        "assess" => Ok(Question::Assess),
        _ => Err(Thrown::field(&format!("`{name}` is neither `appraise` nor `assess`"))),
    }
}
