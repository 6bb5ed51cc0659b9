//! The scripts that shells load. Those for bash, zsh and fish ask the program itself at every Tab;
//! those for the others know the grammar of the day on which they were made.

use clap::Command;
use clap_complete::Shell;

use super::INTERFACE;

/// The script of a shell. `root` is the whole grammar.
pub fn script(shell: Shell, mut root: Command) -> String {
    let asking = match shell {
        Shell::Bash => include_str!("scripts/kward.bash"),
        Shell::Zsh => include_str!("scripts/kward.zsh"),
        Shell::Fish => include_str!("scripts/kward.fish"),
        _ => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut root, "kward", &mut script);
            return String::from_utf8_lossy(&script).into_owned();
        }
    };
    asking.replace("INTERFACE", &INTERFACE.to_string())
}
