# Completion of parley for bash. Flags and verbs are those that the program itself tells.
_parley() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in ctl | doctor) command=${COMP_WORDS[i]} ;; esac
  done
  case $previous in
    -profile | --profile) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
    -server | --server) mapfile -t COMPREPLY < <(compgen -W embedded -- "$word") && return ;;
    -camera | --camera | -microphone | --microphone | -speaker | --speaker)
      mapfile -t COMPREPLY < <(compgen -W "test none" -- "$word") && return
      ;;
  esac
  case $command in
    ctl) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" ctl help 2>&1 | sed -n 's/^  \([a-z][a-z-]*\).*/\1/p')" -- "$word") ;;
    doctor) mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "ctl doctor $("${COMP_WORDS[0]}" --help 2>&1 | sed -n 's/^  -\([a-z-]*\).*/--\1/p')" -- "$word") ;;
  esac
}
complete -F _parley parley
