//! Files that people write in YAML, read strictly: trees of nodes with places ([`read`], [`tree`]), mappings
//! whose keys are known ([`fields`]), variables ([`text`], [`vars`]), and every mistake with its place
//! ([`mistakes`]). Pure; what the files mean is decided by who reads the trees.

pub mod feed;
pub mod fields;
pub mod head;
pub mod mistakes;
pub mod read;
pub mod syntax;
pub mod text;
pub mod tree;
pub mod vars;
pub mod write;

use self::mistakes::{At, Mistakes};
use self::tree::Tree;

/// A file, read.
#[derive(Clone)]
pub struct Source {
    /// As shown: `access/orders.yaml` or `<stdin>`.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// The documents of the files; `wanted` says what an empty one lacks. `each` sees what was read of a file.
pub fn documents(
    sources: &[Source],
    wanted: &str,
    mistakes: &Mistakes,
    mut each: impl FnMut(&Source, &read::Contents),
) -> Vec<Tree> {
    let mut budget = read::Budget::default();
    let mut trees = Vec::new();
    for (file, source) in (0..).zip(sources) {
        let contents = read::read(file, source, mistakes, &mut budget);
        if contents.trees.is_empty() && !mistakes.is_broken() {
            let at = At { file, line: 1, column: 1, width: 1 };
            mistakes.add_hint(at, "the file is empty", wanted);
        }
        each(source, &contents);
        trees.extend(contents.trees);
    }
    trees
}
