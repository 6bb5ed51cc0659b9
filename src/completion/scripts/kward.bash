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
    done < <("$program" __complete INTERFACE bash "$COMP_WORDBREAKS" "$line" 2>/dev/null)
    case $kind in
    files | folders)
        local filter=-f
        [[ $kind == files ]] || filter=-d
        while IFS= read -r entry; do
            COMPREPLY+=("$entry")
        done < <(compgen "$filter" -- "$2")
        compopt -o filenames 2>/dev/null
        ;;
    *)
        # What may go on does so without a space.
        [[ ${COMPREPLY[0]-} != *[:=/] ]] || compopt -o nospace 2>/dev/null
        ;;
    esac
}

complete -F _kward kward
