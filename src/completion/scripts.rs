//! The scripts that shells load. They know nothing of the grammar: they ask the program itself at
//! every Tab.

use crate::cli::values::Shell;

use super::INTERFACE;

/// The script of a shell.
pub fn script(shell: Shell) -> String {
    let script = match shell {
        Shell::Bash => include_str!("scripts/kward.bash"),
        Shell::Elvish => include_str!("scripts/kward.elvish"),
        Shell::Fish => include_str!("scripts/kward.fish"),
        Shell::Powershell => include_str!("scripts/kward.powershell"),
        Shell::Zsh => include_str!("scripts/kward.zsh"),
    };
    script.replace("INTERFACE", &INTERFACE.to_string())
}
