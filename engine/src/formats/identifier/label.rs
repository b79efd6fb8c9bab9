//! What the name of an element or attribute says about its content.
//!
//! Inferred, so as tolerant as possible: case, prefixes and punctuation do not count.

/// What is expected in a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// The name of the host.
    Name,
    /// The public endorsement key.
    EkPublic,
    /// The certificate of the endorsement key, or a message in its place.
    EkCertificate,
}

impl Role {
    /// The role that a name announces.
    pub(super) fn of(label: &str) -> Option<Self> {
        let label: String = label
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let of_ek = label.starts_with("ek") || label.contains("endorsement");
        if label.contains("ekcert") || (of_ek && label.contains("cert")) {
            Some(Self::EkCertificate)
        } else if label.contains("ekpub") || (of_ek && label.contains("pub")) {
            Some(Self::EkPublic)
        } else if matches!(label.as_str(), "name" | "hostname" | "computername" | "platformname") {
            Some(Self::Name)
        } else {
            None
        }
    }
}

/// True for an attribute that names its element, as in `<Property Name="EKpub">`.
pub(super) fn names_its_element(attribute: &str) -> bool {
    ["name", "key", "id"].iter().any(|name| attribute.eq_ignore_ascii_case(name))
}

/// True for an attribute that holds what its element is about.
pub(super) fn holds_the_value(attribute: &str) -> bool {
    attribute.eq_ignore_ascii_case("value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_recognised_in_any_spelling() {
        let check = |label, expected| assert_eq!(Role::of(label), expected, "{label}");
        for label in ["EKpub", "EkPub", "ekPublicKey", "EndorsementKeyPublic", "TpmEKPub"] {
            check(label, Some(Role::EkPublic));
        }
        for label in ["EKcert", "EK_Certificate", "EndorsementCertificate", "EkPubCert"] {
            check(label, Some(Role::EkCertificate));
        }
        for label in ["Name", "HostName"] {
            check(label, Some(Role::Name));
        }
        for label in ["", "FileName", "AikPub", "Certificate", "Seek", "PublicKey"] {
            check(label, None);
        }
    }
}
