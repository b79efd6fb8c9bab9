//! Files that their owner alone may read and write.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a new file for its owner alone; fails when there is one.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
