# Completion of kward for bash 3.2 and newer; printed by `kward completion bash`.
#
#     source <(kward completion bash)

_kward() {
    local program=${1/#\~\//$HOME/} line=${COMP_LINE:0:COMP_POINT} kind= entry
    COMPREPLY=()
    type -P -- "$program" >/dev/null 2>&1 || program=kward
    # kward takes the line as it was typed: bash splits it at `:` and `=`, and kward's values have both.
    while IFS= read -r entry; do
        if [[ -z $kind ]]; then
            kind=$entry
        else
            COMPREPLY+=("${entry%%$'\t'*}")
        fi
    done < <("$program" __complete 1 bash "$COMP_WORDBREAKS" "$line" 2>/dev/null)
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
