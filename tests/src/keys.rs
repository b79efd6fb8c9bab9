//! Throw-away keys for certificates that tests make.
//!
//! They are fixed, so that a failing test fails again, and public, so that nobody mistakes them for
//! secrets: the primes of the RSA keys stand below, the scalars of the EC keys are a counter.

/// Primes of an RSA key of 1024 bits, as `openssl genrsa` made them.
pub(crate) const RSA_1024: [&str; 2] = [
    "e423064d2c6655e75903943d64e68ea79a9547f4f40ed61d1979c7ceccad895bd6ca29301178ce148024e710\
     da26aac67971bd01b8bf62c35327a86ad536397b",
    "dda05a91b54ac1ddef283ad46aa9d42402f2095dd365f23e71cfaea6adfaa3a17d10db978ca03bc033e2034e\
     50a0c2c174859c9b7f594184c7924bb7142d08eb",
];

/// Primes of an RSA key of 2048 bits, as `openssl genrsa` made them.
pub(crate) const RSA_2048: [&str; 2] = [
    "d743c0a8560ee99522d43560aff79a40fe1e5d1dfd68e6eb858c1c8e4e6cc7c9ac6bb9806306c565a32edbf2\
     52a7416f46ddb706b5cd5f3bd0fdc3ca5a822cff5ad478dcc031c19a17ca40441e563ff26e66a4d555d881eb\
     d3e1fe0ea58e40ce286fbe18790883da0e0c1720151c049494467c3dcb5759475d3694827f5f9f9d",
    "d099e2cfa791362e8b5408b1a13093aab11c91ad962d4055b5a49644d43b4bea3a58f85492f53611def37dc1\
     01d976058c8f50b26d542c7f88a558cde8f4ef572f51bb97b4b206d9646ec0c12a11de0906daaee254bfe461\
     7815851748e77794285223fcd9af30f0f7cd4a340e6a099becab73a17a8892061eb83d79844f78f3",
];

/// Primes of an RSA key of 3072 bits, as `openssl genrsa` made them.
pub(crate) const RSA_3072: [&str; 2] = [
    "e5b979df133b0db9096a25e3d971ac4157a4a8a2823d55cdabcc8a33ce6970b3cfc95474fc079d7637a2f613\
     44437e0d6c5d241a8ae449b0d615da085b8fab9a48eece21935f4a93882c26cd4683929c0c6dc87f23a533fc\
     dbea84a554ef1b59d27a9720f2906b905aec52fe6cce0f86bb98333b2ee3c37dc2bdfc6b064431976cd0d70e\
     2334b6bcf1c0ca91998f1dbfd96caccf02421c7feabc3e39c24754e392ea039d2088dc0b4e8ae21326fd539b\
     ef9c83dd89c763ff6ffdcd1ded3466c1",
    "d985ffa9101e83fd5fc8493f9a95abb1f3738bbca3367e8a7517214d666ca6654dfe154287aa576648ccf5bf\
     efdce512627a0ee3464b947b87bb5f1a71d143694d727b777264585a7df38ace44db75a0b3b02246e6f95bb0\
     4031aec68f099365b0e27086db0bf333c285d1db3ebb23336698ebcf1db136015268cd60dd61bf38452390df\
     daf35ae1ab9ba360892ecde2c76b1c28b3b3a5154bcfc3a83077a6c8fa856e5f0a1ed79884928174a1d8c032\
     8200cc35df0c1162f4c041bb7aae6d81",
];

/// Primes of an RSA key of 4096 bits, as `openssl genrsa` made them.
pub(crate) const RSA_4096: [&str; 2] = [
    "f85164663438ce45ae1956f910fb370331e2366f9bc22d5a5fea2fd7bd6770a296faac0f495dac98f1d9b5dd\
     93892f29c0b479a5d79aa743017d5fa0a975d58126f6aca765d5c316aa0e67e3fed161de79f5352e2668f27b\
     559afa5dc1e6c864957fbefc0eba517def97b010dce2cda5100bc3b48ccd5313ce0a9b07da0bd39862e41615\
     65b36296a5f1093f6c12250dd5defad4f2e3ee1c91b1d2a54d140b55d42f5587947554755bece57de754a14f\
     23e8e8f91a401f7797b74265cf0508fd3f325fc737ec6a306058870c21f8f27bf26c755e1c1cc80018b14a1b\
     78e2e63b57a5b35f1aa5df46a660fbaf3d7ac5d0ec56195cfaf508644e9c358e5930dc8b",
    "b77fa4c216603f04adfe7dc9d92601901825d07bda72f525d2c62cf675ae5b4d36221563e0580096c6358c9a\
     016afb5b5c2bc6c6b0c6cb747b65dda3255c1f0b74db26a27636c57d9a353db4a9359a8841c69d4379cd149b\
     9d61033ae9afdcafc602661136ca83344bc5e8caeb0186dcbf48455afc2435b5c08ecbb01887d797cf648f0c\
     a1315ec242d0c58f783e0c6e72def64915e4d58ee7a8617067d7e65e82bb1965d2180717ddb6d62e29114828\
     25c65f8661d11499c3b3310aef4f432802f19b55eaca510c5b8411ff45da1fd8b8cd8d60367338c6edceecd8\
     b27486944ce60eaeadf9fb1d7a2a9bcd3b0f2b5aab0149ca886b46bbb0dae81d84acf0d7",
];

/// SubjectPublicKeyInfo of the P-256 key whose scalar is `number` + 2.
///
/// # Panics
/// Never: every such scalar is a key.
#[must_use]
pub fn p256_spki(number: u32) -> Vec<u8> {
    let mut scalar = [0_u8; 32];
    scalar[28..].copy_from_slice(&(number + 2).to_be_bytes());
    let secret = p256::SecretKey::from_slice(&scalar).expect("a scalar below the order");
    let point = secret.public_key().to_sec1_bytes();
    // RFC 5480: id-ecPublicKey with the curve secp256r1, and the point as BIT STRING.
    let head = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    [&head[..], &point].concat()
}
