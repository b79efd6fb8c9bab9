//! Object identifiers of certificates, in dotted text.
//!
//! Sources, per group: RFC 5280 (X.509 certificates and CRLs), RFC 8017 and RFC 4055 (RSA),
//! RFC 5480 and RFC 5758 (elliptic curves), RFC 5912 (the modules that gather them), TCG EK
//! Credential Profile for TPM 2.0 section 3.2 and TCG OID registry (arc 2.23.133).

macro_rules! oids {
    ($( $(#[$meta:meta])* $name:ident = $dotted:literal => $text:literal; )*) => {
        $( $(#[$meta])* #[doc = concat!("\n\n`", $text, "`, ", $dotted)] pub const $name: &str = $dotted; )*
        /// Every identifier of this module with its name.
        pub const NAMED: &[(&str, &str)] = &[$( ($name, $text), )*];
    };
}

/// The name of a well-known object identifier in dotted text, or `None`.
#[must_use]
pub fn name(dotted: &str) -> Option<&'static str> {
    NAMED.iter().find(|(oid, _)| *oid == dotted).map(|(_, name)| *name)
}

/// The short attribute type of RFC 4514 section 3 (`CN`, `O`, ...) of an object identifier in
/// dotted text, or `None` for types that the table there does not list.
#[must_use]
pub fn short_attribute_name(dotted: &str) -> Option<&'static str> {
    match dotted {
        COMMON_NAME => Some("CN"),
        LOCALITY => Some("L"),
        STATE_OR_PROVINCE => Some("ST"),
        ORGANIZATION => Some("O"),
        ORGANIZATIONAL_UNIT => Some("OU"),
        COUNTRY => Some("C"),
        STREET_ADDRESS => Some("STREET"),
        DOMAIN_COMPONENT => Some("DC"),
        USER_ID => Some("UID"),
        _ => None,
    }
}

oids! {
    /// SAN attribute: TPM manufacturer, `id:` and eight hexadecimal digits. EK profile, section 3.2.
    TPM_MANUFACTURER = "2.23.133.2.1" => "tcg-at-tpmManufacturer";
    /// SAN attribute: TPM model, free text. EK profile, section 3.2.
    TPM_MODEL = "2.23.133.2.2" => "tcg-at-tpmModel";
    /// SAN attribute: TPM firmware version, `id:` and hexadecimal digits. EK profile, section 3.2.
    TPM_VERSION = "2.23.133.2.3" => "tcg-at-tpmVersion";
    /// Subject directory attribute: family, level and revision of the TPM specification.
    TPM_SPECIFICATION = "2.23.133.2.16" => "tcg-at-tpmSpecification";
    /// Subject directory attribute: how the TPM was evaluated.
    TBB_SECURITY_ASSERTIONS = "2.23.133.2.18" => "tcg-at-tbbSecurityAssertions";
    /// Extended key usage of EK certificates.
    KP_EK_CERTIFICATE = "2.23.133.8.1" => "tcg-kp-EKCertificate";
    /// Extended key usage of platform certificates.
    KP_PLATFORM_CERTIFICATE = "2.23.133.8.2" => "tcg-kp-PlatformAttributeCertificate";
    /// Extended key usage of attestation key certificates.
    KP_AIK_CERTIFICATE = "2.23.133.8.3" => "tcg-kp-AIKCertificate";

    /// Extension. RFC 5280, 4.2.1.8.
    SUBJECT_DIRECTORY_ATTRIBUTES = "2.5.29.9" => "subjectDirectoryAttributes";
    /// Extension. RFC 5280, 4.2.1.2.
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14" => "subjectKeyIdentifier";
    /// Extension. RFC 5280, 4.2.1.3.
    KEY_USAGE = "2.5.29.15" => "keyUsage";
    /// Extension. RFC 5280, 4.2.1.6.
    SUBJECT_ALT_NAME = "2.5.29.17" => "subjectAltName";
    /// Extension. RFC 5280, 4.2.1.7.
    ISSUER_ALT_NAME = "2.5.29.18" => "issuerAltName";
    /// Extension. RFC 5280, 4.2.1.9.
    BASIC_CONSTRAINTS = "2.5.29.19" => "basicConstraints";
    /// CRL extension. RFC 5280, 5.2.3.
    CRL_NUMBER = "2.5.29.20" => "cRLNumber";
    /// CRL entry extension. RFC 5280, 5.3.1.
    CRL_REASON = "2.5.29.21" => "cRLReason";
    /// CRL extension: the list only names changes. RFC 5280, 5.2.4.
    DELTA_CRL_INDICATOR = "2.5.29.27" => "deltaCRLIndicator";
    /// CRL extension: the list covers a part of what the issuer issued. RFC 5280, 5.2.5.
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28" => "issuingDistributionPoint";
    /// CRL entry extension of lists that cover other issuers. RFC 5280, 5.3.3.
    CERTIFICATE_ISSUER = "2.5.29.29" => "certificateIssuer";
    /// Extension. RFC 5280, 4.2.1.10.
    NAME_CONSTRAINTS = "2.5.29.30" => "nameConstraints";
    /// Extension. RFC 5280, 4.2.1.13.
    CRL_DISTRIBUTION_POINTS = "2.5.29.31" => "cRLDistributionPoints";
    /// Extension. RFC 5280, 4.2.1.4.
    CERTIFICATE_POLICIES = "2.5.29.32" => "certificatePolicies";
    /// Extension. RFC 5280, 4.2.1.1.
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35" => "authorityKeyIdentifier";
    /// Extension. RFC 5280, 4.2.1.11.
    POLICY_CONSTRAINTS = "2.5.29.36" => "policyConstraints";
    /// Extension. RFC 5280, 4.2.1.12.
    EXTENDED_KEY_USAGE = "2.5.29.37" => "extKeyUsage";
    /// Extended key usage "any". RFC 5280, 4.2.1.12.
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0" => "anyExtendedKeyUsage";
    /// Extension. RFC 5280, 4.2.2.1.
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1" => "authorityInfoAccess";
    /// Access method: where the issuer's certificate is. RFC 5280, 4.2.2.1.
    AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.2" => "id-ad-caIssuers";

    /// RSA key, and RSA PKCS #1 v1.5. RFC 8017, appendix C.
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1" => "rsaEncryption";
    /// RSA key restricted to OAEP; what TPM 1.2 endorsement keys were certified as.
    /// RFC 4055, section 4.
    RSAES_OAEP = "1.2.840.113549.1.1.7" => "id-RSAES-OAEP";
    /// Mask generation function. RFC 4055, section 2.2.
    MGF1 = "1.2.840.113549.1.1.8" => "id-mgf1";
    /// RSA key restricted to PSS, and the PSS signature. RFC 4055, section 3.
    RSASSA_PSS = "1.2.840.113549.1.1.10" => "id-RSASSA-PSS";
    /// Signature. RFC 8017, appendix A.2.4.
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption";
    /// Signature. RFC 8017, appendix A.2.4.
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption";
    /// Signature. RFC 8017, appendix A.2.4.
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption";
    /// Signature. RFC 8017, appendix A.2.4.
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption";
    /// Elliptic curve key. RFC 5480, section 2.1.1.
    EC_PUBLIC_KEY = "1.2.840.10045.2.1" => "id-ecPublicKey";
    /// NIST P-256. RFC 5480, section 2.1.1.1.
    SECP256R1 = "1.2.840.10045.3.1.7" => "secp256r1";
    /// NIST P-384. RFC 5480, section 2.1.1.1.
    SECP384R1 = "1.3.132.0.34" => "secp384r1";
    /// NIST P-521. RFC 5480, section 2.1.1.1.
    SECP521R1 = "1.3.132.0.35" => "secp521r1";
    /// Signature. RFC 3279, section 2.2.3.
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1" => "ecdsa-with-SHA1";
    /// Signature. RFC 5758, section 3.2.
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256";
    /// Signature. RFC 5758, section 3.2.
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384";
    /// Signature. RFC 5758, section 3.2.
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512";
    /// Hash. RFC 8017, appendix B.1.
    SHA1 = "1.3.14.3.2.26" => "sha1";
    /// Hash. RFC 8017, appendix B.1.
    SHA256 = "2.16.840.1.101.3.4.2.1" => "sha256";
    /// Hash. RFC 8017, appendix B.1.
    SHA384 = "2.16.840.1.101.3.4.2.2" => "sha384";
    /// Hash. RFC 8017, appendix B.1.
    SHA512 = "2.16.840.1.101.3.4.2.3" => "sha512";

    /// Content type of a signed message. RFC 5652, section 5.1.
    SIGNED_DATA = "1.2.840.113549.1.7.2" => "id-signedData";
    /// Signed attribute. RFC 5652, section 11.1.
    CONTENT_TYPE = "1.2.840.113549.1.9.3" => "id-contentType";
    /// Signed attribute. RFC 5652, section 11.2.
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4" => "id-messageDigest";

    /// Name attribute. X.520; RFC 5280, appendix A.1.
    COMMON_NAME = "2.5.4.3" => "commonName";
    /// Name attribute. X.520; RFC 5280, appendix A.1.
    SERIAL_NUMBER = "2.5.4.5" => "serialNumber";
    /// Name attribute. X.520; RFC 5280, appendix A.1.
    COUNTRY = "2.5.4.6" => "countryName";
    /// Name attribute. X.520; RFC 5280, appendix A.1.
    LOCALITY = "2.5.4.7" => "localityName";
    /// Name attribute. X.520; RFC 5280, appendix A.1.
    STATE_OR_PROVINCE = "2.5.4.8" => "stateOrProvinceName";
    /// Name attribute. X.520; RFC 4514, section 3.
    STREET_ADDRESS = "2.5.4.9" => "streetAddress";
    /// Name attribute. X.520; RFC 5280, appendix A.1.
    ORGANIZATION = "2.5.4.10" => "organizationName";
    /// Name attribute. X.520; RFC 5280, appendix A.1.
    ORGANIZATIONAL_UNIT = "2.5.4.11" => "organizationalUnitName";
    /// Name attribute. RFC 4519, section 2.4.
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25" => "domainComponent";
    /// Name attribute. RFC 4519, section 2.39.
    USER_ID = "0.9.2342.19200300.100.1.1" => "userId";
    /// Name attribute. RFC 2985; RFC 5280, appendix A.1.
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1" => "emailAddress";
}
