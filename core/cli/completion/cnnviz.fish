# Completion of cnnviz's command line in fish, which asks the program itself.
# `cnnviz completion fish` prints this file.

# __cnnviz_paths PREFIX WORD [SUFFIX...]: folders, and files with one of the suffixes;
# the path is what the word has behind the prefix
function __cnnviz_paths
	set -l path (string sub --start (math (string length -- "$argv[1]") + 1) -- $argv[2])
	for line in (complete --do-complete "'' $path")
		set -l found (string split --fields 1 \t -- $line)
		for suffix in $argv[3..-1] /
			if string match --quiet -- "*$suffix" $found
				echo $argv[1]$found
				break
			end
		end
	end
end

function __cnnviz_complete
	set -l words (commandline --current-process --tokenize --cut-at-cursor)
	set -l current (commandline --current-token --cut-at-cursor)
	set -l prefix ''
	for line in ($words[1] complete -- $words[2..-1] $current 2>/dev/null)
		set -l parts (string split --max 1 \t -- $line)
		switch $parts[1]
			case :prefix
				set prefix $parts[2]
			case :folders
				__cnnviz_paths "$prefix" "$current"
			case :files
				__cnnviz_paths "$prefix" "$current" (string split ' ' -- "$parts[2]")
			case '*'
				echo $line
		end
	end
end

complete --command cnnviz --no-files --arguments '(__cnnviz_complete)'
