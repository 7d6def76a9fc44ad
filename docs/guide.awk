# docs/plugin-guide.md as a manual page: headings, paragraphs, lists and listings

function inline(text) {
	gsub(/\\/, "\\e", text)
	while (match(text, /`[^`]*`/)) {
		text = substr(text, 1, RSTART - 1) "\\fB" substr(text, RSTART + 1, RLENGTH - 2) \
			"\\fR" substr(text, RSTART + RLENGTH)
	}
	sub(/^[.']/, "\\\\\\&&", text)
	gsub(/[.] /, ".\n", text) # a new sentence starts a new line
	return text
}

function item_of(row) {
	sub(/^[|] */, "- ", row)
	sub(/ *[|]$/, "", row)
	sub(/ *[|] */, ": ", row)
	return row
}

function close_list() {
	if (listed) {
		print ".El"
		listed = 0
	}
}

BEGIN {
	headed = 1
	print ".Dd November 23, 2026\n.Dt CNNVIZ-PLUGIN 7\n.Os\n.Sh NAME"
	print ".Nm cnnviz-plugin\n.Nd how plugins for cnnviz are written\n.Sh DESCRIPTION"
}

/^```/ {
	if (listing) {
		print ".Ed"
		blank = 1
	} else {
		close_list()
		print ".Bd -literal"
		blank = 0
	}
	listing = !listing
	next
}

listing {
	gsub(/\\/, "\\e")
	sub(/^[.']/, "\\\\\\&&")
	print
	next
}

/^<!--/ || /^# / { next }

/^## / {
	close_list()
	print ".Sh " toupper(substr($0, 4))
	blank = 0
	headed = 1
	next
}

# A row of a table is an item of a list; its first line and the rule below say nothing.
/^[|]/ {
	ruled = ruled || /^[|] -/
	if (!ruled || /^[|] -/) next
	$0 = item_of($0)
}

/^- / {
	if (!listed) {
		print ".Bl -bullet"
		listed = 1
	}
	print ".It"
	headed = 0
	print inline(substr($0, 3))
	blank = 0
	next
}

/^$/ {
	blank = 1
	next
}

{
	if (blank && !/^  /) {
		close_list()
		if (!headed) {
			print ".Pp"
		}
	}
	blank = 0
	headed = 0
	sub(/^  /, "")
	print inline($0)
}

END {
	close_list()
	print ".Sh SEE ALSO\n.Xr cnnviz 1 ,\n.Xr cnnviz-plugin 1 ,\n.Xr cnnviz.ini 5"
}
