# Completion of kward for bash 3.2 and newer; printed by `kward completion bash`.
#
#     source <(kward completion bash)

_kward() {
    local program=${1/#\~\//$HOME/} line=${COMP_LINE:0:COMP_POINT} kind= entry flag= behind= rest=$-
    local variable='([[:space:]=])"?\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?"?([[:space:]])'
    COMPREPLY=()
    type -P -- "$program" >/dev/null 2>&1 || program=kward
    # Flags behind the cursor say as well which cluster is meant.
    set -f
    for entry in ${COMP_LINE:COMP_POINT}; do
        if [[ -n $flag ]]; then
            behind+=" $flag $entry" flag=
        else
            case $entry in
            -[cbX] | --context | --bootstrap-server | --command-config | --config | --property) flag=$entry ;;
            -[cbX]?* | --context=* | --bootstrap-server=* | --command-config=* | --config=* | --property=*)
                behind+=" $entry"
                ;;
            --) break ;;
            esac
        fi
    done
    [[ $rest == *f* ]] || set +f
    rest=${line#*"$1 "}
    [[ -z $behind || $rest == "$line" ]] || line="${line%"$rest"}${behind# } $rest"
    # What a variable holds is known here.
    while [[ $line =~ $variable ]]; do
        entry=${BASH_REMATCH[2]}
        [[ -n ${!entry-} ]] || break
        printf -v entry %q "${!entry}"
        entry=${BASH_REMATCH[1]}$entry${BASH_REMATCH[3]}
        line=${line%%"${BASH_REMATCH[0]}"*}$entry${line#*"${BASH_REMATCH[0]}"}
    done
    # kward takes the line as it was typed: bash splits it at `:` and `=`, and kward's values have both.
    while IFS= read -r entry; do
        if [[ -z $kind ]]; then
            kind=$entry
        else
            COMPREPLY+=("${entry%%$'\t'*}")
        fi
    done < <("$program" __complete INTERFACE bash "$COMP_WORDBREAKS" "$line" 2>/dev/null)
    case $kind in
    files | folders)
        # The path, what of it bash keeps, and the flag that stands in front within the word.
        local typed=${COMPREPLY[0]-$2} head=${COMPREPLY[1]-} front=${COMPREPLY[2]-} filter=-f option=default
        COMPREPLY=()
        [[ $kind == files ]] || filter=-d option=dirnames
        # bash itself leaves variables in a path as they are.
        [[ -n $head$front ]] || ! compopt -o "$option" 2>/dev/null || return 0
        while IFS= read -r entry; do
            [[ ! -d $entry ]] || entry+=/
            COMPREPLY+=("$front${entry#"$head"}")
        done < <(compgen "$filter" -- "$typed")
        compopt -o filenames 2>/dev/null
        [[ ${COMPREPLY[0]-} != */ ]] || compopt -o nospace 2>/dev/null
        ;;
    *)
        # What may go on does so without a space.
        [[ ${COMPREPLY[0]-} != *[:=/] ]] || compopt -o nospace 2>/dev/null
        ;;
    esac
}

complete -F _kward kward
