//! Loaded modules and antimalware data: fields that occur twice, or do not decode.

use portcullis_wire::sipa::CapiAlg;

use super::*;

const MODULE: SipaType = SipaType::LOADEDMODULE_AGGREGATION;
const ELAM: SipaType = SipaType::ELAM_AGGREGATION;

fn module(elements: &[Vec<u8>]) -> Vec<u8> {
    element(MODULE, &elements.concat())
}

/// What Windows states in PCR 13.
fn described() -> Vec<Vec<u8>> {
    vec![
        element(SipaType::FILEPATH, &utf16("\\a.sys\0")),
        element(SipaType::IMAGESIZE, &[0, 0x10, 0, 0, 0, 0, 0, 0]),
        element(SipaType::HASHALGORITHMID, &[0x0c, 0x80, 0, 0]),
        element(SipaType::AUTHENTICODEHASH, &[0xd5; 32]),
        element(SipaType::IMAGEVALIDATED, &[1]),
        element(SipaType::AUTHORITYISSUER, &utf16("issuer\0")),
        element(SipaType::AUTHORITYPUBLISHER, &utf16("publisher")),
        element(SipaType::AUTHORITYSERIAL, &[1, 2, 3]),
        element(SipaType::AUTHORITYSHA1THUMBPRINT, &[0xd6; 20]),
        element(SipaType::MODULE_SVN, &[2, 0, 0, 0]),
    ]
}

#[test]
fn a_module_has_the_fields_of_its_container() {
    let record = module(&described());
    let tree = read(&record).unwrap();
    let found = LoadedModule::read(&tree, &tree.nodes()[0]).unwrap();
    let text = |text: &Option<crate::formats::body::Text<'_>>| {
        text.as_ref().map(|text| text.text.to_string()).unwrap_or_default()
    };
    assert_eq!(text(&found.path), "\\a.sys");
    assert_eq!(
        (text(&found.issuer), text(&found.publisher)),
        ("issuer".into(), "publisher".into())
    );
    assert_eq!((found.image_size_bytes, found.image_base), (Some(0x1000), None));
    assert_eq!((found.hash_alg, found.hash), (Some(CapiAlg::SHA256), Some(&[0xd5; 32][..])));
    assert_eq!((found.validated, found.svn), (Some(true), Some(2)));
    assert_eq!(found.serial, Some(&[1, 2, 3][..]));
    assert_eq!(found.thumbprint_sha1, Some(&[0xd6; 20][..]));
    assert_eq!(found.span, Span::new(OFFSET, record.len()));

    let other =
        module(&[element(SipaType(0x0007_7777), &[1]), element(SipaType::IMAGEBASE, &[0; 8])]);
    let tree = read(&other).unwrap();
    let found = LoadedModule::read(&tree, &tree.nodes()[0]).unwrap();
    assert_eq!((found.path, found.hash, found.image_base), (None, None, Some(0)));
}

#[test]
fn a_module_that_contradicts_itself_is_refused() {
    let check = |elements: &[Vec<u8>], field: &str, offset: usize| {
        let record = module(elements);
        let tree = read(&record).unwrap();
        let reason = LoadedModule::read(&tree, &tree.nodes()[0]).unwrap_err();
        assert_eq!((reason.field, reason.span.offset - OFFSET), (field, offset), "{reason}");
    };
    for field in described() {
        let mut elements = described();
        let offset = 8 + elements.concat().len();
        let name = SipaType(u32::from_le_bytes(*field.first_chunk().unwrap())).name().unwrap();
        elements.push(field);
        check(&elements, name, offset);
    }
    let hash = |size: usize| element(SipaType::AUTHENTICODEHASH, &vec![0; size]);
    let sha256 = element(SipaType::HASHALGORITHMID, &[0x0c, 0x80, 0, 0]);
    check(&[sha256, hash(20)], "AUTHENTICODEHASH", 0);
    check(&[hash(33)], "AUTHENTICODEHASH", 16);
    check(&[element(SipaType::IMAGEVALIDATED, &[2])], "IMAGEVALIDATED", 16);
    check(&[element(SipaType::FILEPATH, &utf16("a\0b"))], "FILEPATH", 18);
}

#[test]
fn fields_of_a_container_inside_are_not_those_of_the_module() {
    let inner = element(SipaType::TRUSTBOUNDARY, &element(SipaType::AUTHENTICODEHASH, &[0; 32]));
    let record = module(&[inner]);
    let tree = read(&record).unwrap();
    assert_eq!(LoadedModule::read(&tree, &tree.nodes()[0]).unwrap().hash, None);
}

#[test]
fn an_antimalware_driver_has_each_field_once() {
    let fields = [
        element(SipaType::ELAM_KEYNAME, &utf16("Some Product\0")),
        element(SipaType::ELAM_CONFIGURATION, &[1]),
        element(SipaType::ELAM_POLICY, &[2, 2]),
        element(SipaType::ELAM_MEASURED, &[0xd7; 20]),
    ];
    let record = element(ELAM, &fields.concat());
    let tree = read(&record).unwrap();
    let found = ElamData::read(&tree, &tree.nodes()[0]).unwrap();
    assert_eq!(&*found.key_name.unwrap().text, "Some Product");
    assert_eq!((found.configuration, found.policy), (Some(&[1][..]), Some(&[2, 2][..])));
    assert_eq!(found.measured, Some(&[0xd7; 20][..]));
    for field in &fields {
        let record = element(ELAM, &[fields.concat(), field.clone()].concat());
        let tree = read(&record).unwrap();
        let reason = ElamData::read(&tree, &tree.nodes()[0]).unwrap_err();
        assert_eq!(reason.kind, ParseErrorKind::Invalid("occurs twice in one container"));
        assert_eq!(reason.span.offset, OFFSET + 8 + fields.concat().len());
    }
}
