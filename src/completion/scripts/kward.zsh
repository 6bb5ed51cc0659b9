#compdef kward
# Completion of kward for zsh; printed by `kward completion zsh`.
#
#     source <(kward completion zsh)      # after compinit
#
# or, as a file `_kward`, in a folder of `fpath`.

_kward() {
    local program=${(Q)words[1]} shell=zsh entry first=1 flag= ret=1
    local -a answer given closed closed_shown open open_shown before match mbegin mend matching
    program=${program/#\~\//$HOME/}
    (( $+commands[$program] )) || [[ -x $program ]] || program=kward
    # Flags behind the cursor say as well which cluster is meant.
    for entry in "${(@Q)words[CURRENT+1,-1]}"; do
        if [[ -n $flag ]]; then
            given+=("$flag" "$entry") flag=
        else
            case $entry in
            -[cbX] | --context | --bootstrap-server | --command-config | --config | --property) flag=$entry ;;
            -[cbX]?* | --(context|bootstrap-server|command-config|config|property)=*) given+=("$entry") ;;
            --) break ;;
            esac
        fi
    done
    # What a variable holds is known here.
    (( CURRENT < 3 )) || for entry in "${(@)words[2,CURRENT-1]}"; do
        if [[ $entry =~ '^"?\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?"?$' && -n ${(P)match[1]} ]]; then
            given+=("${(P)match[1]}")
        else
            given+=("${(Q)entry}")
        fi
    done
    # Who has set up how words are matched gets what may be meant, and zsh matches.
    [[ -z "${_matchers-}" ]] || shell=zsh-loose
    [[ -z ${_matcher-} ]] || matching=(-M "$_matcher")
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
    # For one Tab kward is asked once, however often zsh tries.
    if [[ -n ${compstate[kward]-} ]]; then
        answer=("${_kward_answer[@]}")
    else
        answer=("${(@f)$(${before:+env} "${before[@]}" "$program" __complete INTERFACE $shell -- "${given[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
        typeset -ga _kward_answer
        compstate[kward]=asked
        _kward_answer=("${answer[@]}")
    fi
    case $answer[1] in
    files | folders)
        [[ $PREFIX != --*=* ]] || compset -P 1 '*='
        if [[ $answer[1] == files ]]; then _files; else _files -/; fi
        return
        ;;
    esac
    shift answer
    # What may go on does so without a space. Thousands of names are worked on at once, not one by one.
    open=("${(@M)answer:#*[:=/]$'\t'*}" ${(M)${(@)answer:#*$'\t'*}:#*[:=/]})
    open=(${open:#})
    closed=(${answer:|open})
    open_shown=("${(@)open/$'\t'/  -- }") closed_shown=("${(@)closed/$'\t'/  -- }")
    open=("${(@)open%%$'\t'*}") closed=("${(@)closed%%$'\t'*}")
    if (( $#closed )); then
        compadd "${matching[@]}" -l -d closed_shown -a closed && ret=0
    fi
    if (( $#open )); then
        compadd "${matching[@]}" -l -S '' -d open_shown -a open && ret=0
    fi
    # What is tried next is another of the user's ways of matching.
    (( ! ret || ${_matcher_num:-1} >= ${#_matchers} ))
}

if [[ ${funcstack[1]-} == _kward ]]; then
    _kward "$@"
else
    compdef _kward kward
fi
