# cnnviz.m4                                                     -*- Autoconf -*-
#
# CNNVIZ_PLUGIN([ABI-MAJOR], [ABI-MINOR])
# ----------------------------------------
# What a plugin of cnnviz is built with, from pkg-config. Stops when cnnviz is not
# there, when its plugin ABI has another major, or an older minor than ABI-MINOR.
# Sets and substitutes
#
#   CNNVIZ_CFLAGS      where the headers are
#   CNNVIZ_PLUGINDIR   where plugins are installed
#   CNNVIZ             the program, for `$(CNNVIZ) test-plugin`
#   CNNVIZ_TEST_LIBS   the library for tests of techniques (cnnviz/test.h)
AC_DEFUN([CNNVIZ_PLUGIN], [
	AC_REQUIRE([PKG_PROG_PKG_CONFIG])
	PKG_CHECK_MODULES([CNNVIZ], [cnnviz])
	PKG_CHECK_MODULES([CNNVIZ_TEST], [cnnviz-test])
	AC_MSG_CHECKING([for the plugin ABI $1.$2 of cnnviz])
	cnnviz_major=`$PKG_CONFIG --variable=abi_major cnnviz`
	cnnviz_minor=`$PKG_CONFIG --variable=abi_minor cnnviz`
	AS_IF([test "$cnnviz_major" -eq "$1" && test "$cnnviz_minor" -ge "$2"],
		[AC_MSG_RESULT([yes, $cnnviz_major.$cnnviz_minor])],
		[AC_MSG_RESULT([no, $cnnviz_major.$cnnviz_minor])
		AC_MSG_ERROR([cnnviz is there, but its plugin ABI is $cnnviz_major.$cnnviz_minor; $1.$2 is needed])])
	AC_ARG_VAR([CNNVIZ_PLUGINDIR], [folder that plugins of cnnviz are installed in])
	AS_IF([test -z "$CNNVIZ_PLUGINDIR"],
		[CNNVIZ_PLUGINDIR=`$PKG_CONFIG --variable=plugindir cnnviz`])
	AC_ARG_VAR([CNNVIZ], [the program cnnviz])
	AS_IF([test -z "$CNNVIZ"], [CNNVIZ=`$PKG_CONFIG --variable=program cnnviz`])
])
