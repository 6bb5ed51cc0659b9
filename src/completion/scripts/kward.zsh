#compdef kward
# Completion of kward for zsh; printed by `kward completion zsh`.
#
#     source <(kward completion zsh)      # after compinit
#
# or, as a file `_kward`, in a folder of `fpath`.

_kward() {
    local program=${(Q)words[1]} entry value first=1
    local -a answer given closed closed_shown open open_shown before
    program=${program/#\~\//$HOME/}
    (( $+commands[$program] )) || [[ -x $program ]] || program=kward
    given=("${(@Q)words[2,CURRENT-1]}")
    (( CURRENT > 2 )) || given=()
    # `KWARD_CONTEXT=prod kward …`: what stands before the command counts for it, and is not among its words.
    for entry in ${(z)LBUFFER}; do
        case $entry in
        ';' | '&' | '|' | '|&' | '&&' | '||' | '(' | '{' | '!' | do | then | else) before=() first=1 ;;
        [A-Za-z_]*=*)
            if [[ ${entry%%=*} == *[^A-Za-z0-9_]* ]]; then
                first=0
            elif (( first )); then
                before+=("$entry")
            fi
            ;;
        *) first=0 ;;
        esac
    done
    # What only the shell could work out may name another cluster: then no cluster is asked.
    [[ "$before" != *[\$\`]* ]] || before+=(KWARD_COMPLETION_TIMEOUT=0)
    before=("${(@Q)before}")
    answer=("${(@f)$(${before:+env} "${before[@]}" "$program" __complete INTERFACE zsh -- "${given[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
    case $answer[1] in
    files | folders)
        [[ $PREFIX != --*=* ]] || compset -P 1 '*='
        if [[ $answer[1] == files ]]; then _files; else _files -/; fi
        return
        ;;
    esac
    shift answer
    for entry in $answer; do
        value=${entry%%$'\t'*}
        [[ $entry != *$'\t'* ]] || entry="$value  -- ${entry#*$'\t'}"
        # What may go on does so without a space.
        if [[ $value == *[:=/] ]]; then
            open+=("$value") open_shown+=("$entry")
        else
            closed+=("$value") closed_shown+=("$entry")
        fi
    done
    (( ! $#closed )) || compadd -l -d closed_shown -a closed
    (( ! $#open )) || compadd -l -S '' -d open_shown -a open
}

if [[ ${funcstack[1]-} == _kward ]]; then
    _kward "$@"
else
    compdef _kward kward
fi
