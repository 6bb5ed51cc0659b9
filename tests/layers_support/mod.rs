//! What a source file uses: every path, macro and method call in it, with names resolved as far as
//! the file itself tells.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

#[derive(Debug)]
pub struct Source {
    /// The file's place: `["acl", "file"]`.
    pub module: Vec<String>,
    pub paths: Vec<UsedPath>,
    pub macros: Vec<Call>,
    pub methods: Vec<Call>,
    /// Modules in files of their own that only unit tests see.
    pub test_modules: Vec<Vec<String>>,
    /// The same for those whose file a `#[path]` names, beside this one.
    pub test_files: Vec<String>,
}

#[derive(Debug)]
pub struct UsedPath {
    /// Begins with `crate`, `std` (also for `core` and `alloc`), or the name of a library or of
    /// something local.
    pub segments: Vec<String>,
    pub line: usize,
}

#[derive(Debug)]
pub struct Call {
    pub name: String,
    pub line: usize,
}

pub fn parse(module: Vec<String>, text: &str) -> syn::Result<Source> {
    let file = syn::parse_file(text)?;
    let mut reader = Reader {
        inside: module.clone(),
        names: BTreeMap::new(),
        source: Source {
            module,
            paths: vec![],
            macros: vec![],
            methods: vec![],
            test_modules: vec![],
            test_files: vec![],
        },
    };
    reader.visit_file(&file);
    Ok(reader.finish())
}

struct Reader {
    /// The module that is being read, inline ones included.
    inside: Vec<String>,
    /// What a `use` made known under which name.
    names: BTreeMap<String, Vec<String>>,
    source: Source,
}

impl Reader {
    fn record(&mut self, segments: Vec<String>, line: usize) {
        let segments = resolve(&self.inside, segments);
        self.source.paths.push(UsedPath { segments, line });
    }

    /// Paths that begin with a name from a `use` are what that name stands for.
    fn finish(mut self) -> Source {
        for path in &mut self.source.paths {
            if let Some(whole) =
                self.names.get(&path.segments[0]).filter(|whole| **whole != path.segments)
            {
                path.segments.splice(..1, whole.iter().cloned());
            }
        }
        self.source
    }

    fn read_use(&mut self, tree: &syn::UseTree, mut path: Vec<String>, line: usize) {
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.read_use(&part.tree, path, line);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.read_use(tree, path.clone(), line);
                }
            }
            syn::UseTree::Name(name) => {
                // `use a::b::{self}` brings `b` itself.
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                let known_as = path.last().cloned().unwrap_or_default();
                self.learn(known_as, path, line);
            }
            syn::UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    path.push(rename.ident.to_string());
                }
                self.learn(rename.rename.to_string(), path, line);
            }
            syn::UseTree::Glob(_) => {
                path.push("*".to_owned());
                self.record(path, line);
            }
        }
    }

    fn learn(&mut self, name: String, path: Vec<String>, line: usize) {
        self.names.insert(name, resolve(&self.inside, path.clone()));
        self.record(path, line);
    }

    /// Paths in what is not parsed yet: the arguments of macros and attributes.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 && !path.is_empty() {
                        self.record(std::mem::take(&mut path), line);
                    }
                    line = ident.span().start().line;
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                other => {
                    if let TokenTree::Punct(mark) = &other
                        && mark.as_char() == '!'
                        && let Some(name) = path.last()
                    {
                        self.source.macros.push(Call { name: name.clone(), line });
                    }
                    if !path.is_empty() {
                        self.record(std::mem::take(&mut path), line);
                    }
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.read_tokens(group.stream());
                    }
                }
            }
        }
        if !path.is_empty() {
            self.record(path, line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let for_tests = attributes(item).iter().any(is_for_tests);
        if let syn::Item::Mod(module) = item
            && module.content.is_none()
            && for_tests
        {
            if let Some(file) = module.attrs.iter().find_map(named_file) {
                self.source.test_files.push(file);
            } else {
                let mut place = self.inside.clone();
                place.push(module.ident.to_string());
                self.source.test_modules.push(place);
            }
        }
        if !for_tests {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let for_tests =
            matches!(item, syn::ImplItem::Fn(function) if function.attrs.iter().any(is_for_tests));
        if !for_tests {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.inside.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.inside.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let line = item.use_token.span.start().line;
        self.read_use(&item.tree, Vec::new(), line);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        self.record(segments, line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last() {
            self.source
                .macros
                .push(Call { name: last.ident.to_string(), line: last.ident.span().start().line });
        }
        self.read_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.read_tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.source
            .methods
            .push(Call { name: call.method.to_string(), line: call.method.span().start().line });
        visit::visit_expr_method_call(self, call);
    }
}

/// `super::x` in `acl::file` is `crate::acl::x`; `core` and `alloc` are parts of `std`.
fn resolve(inside: &[String], segments: Vec<String>) -> Vec<String> {
    let supers =
        segments.iter().take_while(|segment| *segment == "super" || *segment == "self").count();
    if supers > 0 {
        let up = segments.iter().filter(|segment| *segment == "super").count();
        let kept = &inside[..inside.len().saturating_sub(up)];
        let root = std::iter::once("crate".to_owned());
        return root.chain(kept.iter().cloned()).chain(segments.into_iter().skip(supers)).collect();
    }
    let mut segments = segments;
    if segments.len() > 1 && (segments[0] == "core" || segments[0] == "alloc") {
        "std".clone_into(&mut segments[0]);
    }
    segments
}

/// `#[cfg(test)]`, also among other conditions that all must hold.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    if !attribute.path().is_ident("cfg") {
        return false;
    }
    let condition = list.tokens.to_string();
    condition == "test"
        || (condition.starts_with("all")
            && condition.contains("test")
            && !condition.contains("not"))
}

/// `health_tests.rs` of `#[path = "health_tests.rs"]`.
fn named_file(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(named) = &attribute.meta else { return None };
    match &named.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(file), .. })
            if attribute.path().is_ident("path") =>
        {
            Some(file.value())
        }
        _ => None,
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
