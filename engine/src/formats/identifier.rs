//! STUB
#[derive(Debug)]
pub struct Blob {
    pub bytes: Vec<u8>,
}
#[derive(Debug)]
pub struct PlatformIdentifier {
    pub name: Option<String>,
    pub ek_public: Option<Blob>,
    pub ek_certificate: Option<Blob>,
    pub ek_certificate_error: Option<String>,
}
pub fn parse(_: &[u8]) -> Result<PlatformIdentifier, ()> {
    Err(())
}
