# Completion of kward for fish; printed by `kward completion fish`.
#
#     kward completion fish > ~/.config/fish/completions/kward.fish

function __kward_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    type -q -- $program; or set program kward
    set -l answer ($program __complete 1 fish -- $words[2..-1] "$current" 2>/dev/null)
    switch "$answer[1]"
        case files folders
            set -l flag (string match -r -- '^--[^=]+=' "$current")
            set -l path (string replace -r -- '^--[^=]+=' '' "$current")
            if test $answer[1] = files
                __fish_complete_path "$path" | string replace -r '^' -- "$flag"
            else
                __fish_complete_directories "$path" | string replace -r '^' -- "$flag"
            end
        case '*'
            set -q answer[2]; and printf '%s\n' $answer[2..-1]
    end
end

complete -c kward -f -a '(__kward_complete)'
