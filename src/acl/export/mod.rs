pub struct ExportOptions {
    pub raw: bool,
    pub cluster: Option<String>,
    pub complete: bool,
    pub cidr: bool,
}
pub fn export(_: &[crate::model::Binding], _: &ExportOptions) -> String {
    String::new()
}
