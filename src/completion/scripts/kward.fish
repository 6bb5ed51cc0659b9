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
            # The home folder and a variable are written out to look into them, and stay as they were typed.
            set -l typed (string match -r -- '^(?:~|\$[A-Za-z_][A-Za-z0-9_]*)(?=/)' "$path")
            set -l place $HOME
            if set -q typed[1]
                set -l name (string sub -s 2 -- $typed)
                test -z "$name"; or set place $$name
                set path "$place"(string sub -s (math (string length -- $typed) + 1) -- "$path")
            end
            set -l found (complete -C "'' "(string escape -n -- "$path") | string replace -r '\t.*' '')
            test $answer[1] = files; or set found (string match -- '*/' $found)
            if set -q typed[1]
                set found $typed(string sub -s (math (string length -- "$place") + 1) -- $found)
            end
            set -q found[1]; and printf '%s\n' "$flag"$found
        case '*'
            set -q answer[2]; and printf '%s\n' $answer[2..-1]
    end
end

complete -c kward -f -a '(__kward_complete)'
