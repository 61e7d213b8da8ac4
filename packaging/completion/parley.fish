# Completion of parley for fish. Flags and verbs are those that the program itself tells.
complete -c parley -f
complete -c parley -n 'not __fish_seen_subcommand_from ctl doctor' -a 'ctl doctor'
complete -c parley -n 'not __fish_seen_subcommand_from ctl doctor' -a '(parley --help 2>&1 | string match -rg "^  -([a-z-]+)" | string replace -r "^" -- "--")'
complete -c parley -n '__fish_seen_subcommand_from ctl' -a '(parley ctl help 2>&1 | string match -rg "^  ([a-z][a-z-]*)")'
complete -c parley -n '__fish_seen_subcommand_from doctor' -a '--json --help'
