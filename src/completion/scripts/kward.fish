# Completion of kward for fish; printed by `kward completion fish`.
#
#     kward completion fish > ~/.config/fish/completions/kward.fish

function __kward_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    # The word as a command would be given it: a quote that is still open is closed.
    set -l current
    for quote in '' '"' "'"
        set current (string unescape -- "$token$quote"); and break
    end
    set -l program $words[1]
    type -q -- $program; or set program kward
    set -l answer ($program __complete INTERFACE fish -- $words[2..-1] "$current" 2>/dev/null)
    switch "$answer[1]"
        case files folders
            set -l flag (string match -r -- '^--[^=]+=' "$current")
            set -l path (string replace -r -- '^--[^=]+=' '' "$current")
            # The home folder is written out to look into it, and stays as it was typed.
            set -l home (string match -r -- '^~(?=/)' "$path")
            set -q home[1]; and set path $HOME(string sub -s 2 -- "$path")
            set -l found (complete -C "'' "(string escape -n -- "$path") | string replace -r '\t.*' '')
            test $answer[1] = files; or set found (string match -- '*/' $found)
            if set -q home[1]
                set found '~'(string sub -s (math (string length -- $HOME) + 1) -- $found)
            end
            set -q found[1]; and printf '%s\n' "$flag"$found
        case '*'
            set -q answer[2]; and printf '%s\n' $answer[2..-1]
    end
end

complete -c kward -f -a '(__kward_complete)'
