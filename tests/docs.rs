//! The commands that the documentation shows are run, and print what it shows.

#[test]
fn the_documents_show_what_the_program_prints() {
    trycmd::TestCases::new()
        .default_bin_name("kward")
        .env("HOME", "/nowhere")
        .env("NO_COLOR", "1")
        .case("docs/access-model.md")
        .case("docs/guide.md");
}
