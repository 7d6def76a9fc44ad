# Completion of cnnviz's command line in bash, which asks the program itself.
# `cnnviz completion bash` prints this file.

# Put the words up to the cursor into `words`, as the program would get them, and what
# bash leaves in front of its reply into `kept`. Bash also splits words at = and :, so
# words without a space between them are joined again, and quotes are removed.
_cnnviz_words()
{
	local rest=${COMP_LINE:0:COMP_POINT} piece i

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then
			words+=('')
		fi
		rest=${rest#"${rest%%[![:space:]]*}"}
		kept=${words[${#words[@]} - 1]}
		piece=${COMP_WORDS[i]}
		if ((i == COMP_CWORD)); then
			piece=$rest
		fi
		words[${#words[@]} - 1]+=${piece//[\\\"\']/}
		rest=${rest#"$piece"}
	done
	kept+=${piece%%[!=:]*}
}

# _cnnviz_paths ACTION PATH [SUFFIX...]: folders, and files with one of the suffixes
_cnnviz_paths()
{
	local action=$1 path=$2 home= found suffix
	shift 2

	compopt -o filenames 2>/dev/null
	if [[ $path == '~/'* ]]; then
		home=$HOME
		path=$HOME${path:1}
	fi
	while IFS= read -r found; do
		for suffix in "${@:-}"; do
			if [[ $found == *"$suffix" || -d $found ]]; then
				COMPREPLY+=("${home:+"~"}${found#"$home"}")
				break
			fi
		done
	done < <(compgen -A "$action" -- "$path")
}

_cnnviz()
{
	local words kept word rest current path

	_cnnviz_words
	current=${words[${#words[@]} - 1]}
	path=$current
	COMPREPLY=()
	while IFS=$'\t' read -r word rest; do
		case $word in
		:prefix)
			path=${current#"$rest"}
			;;
		:folders)
			_cnnviz_paths directory "$path"
			;;
		:files)
			# shellcheck disable=SC2086
			_cnnviz_paths file "$path" $rest
			;;
		"$current"*)
			if [[ $word == *[=.] ]]; then
				compopt -o nospace 2>/dev/null
			fi
			COMPREPLY+=("${word#"$kept"}")
			;;
		esac
	done < <("${1/#'~/'/$HOME/}" complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _cnnviz cnnviz
