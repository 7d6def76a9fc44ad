# make, make check, make install: the plugin goes where cnnviz looks for plugins.
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra
PKG_CONFIG = pkg-config
# Where the library for tests is: programs find it wherever cnnviz is installed.
testlibdir = $$($(PKG_CONFIG) --variable=libdir cnnviz-test)
plugindir = $$($(PKG_CONFIG) --variable=plugindir cnnviz)

all: @NAME@.so

@NAME@.so: @NAME@.c
	$(CC) $(WARNINGS) $(CFLAGS) $$($(PKG_CONFIG) --cflags cnnviz) -shared -fPIC \
		$(LDFLAGS) -o $@ @NAME@.c

test_@NAME@: test_@NAME@.c @NAME@.c
	$(CC) $(WARNINGS) $(CFLAGS) -o $@ test_@NAME@.c @NAME@.c \
		$$($(PKG_CONFIG) --cflags --libs cnnviz-test) -Wl,-rpath,$(testlibdir) \
		$(LDFLAGS)

check: test_@NAME@ @NAME@.so
	./test_@NAME@
	$$($(PKG_CONFIG) --variable=program cnnviz) test-plugin ./@NAME@.so

install: all
	mkdir -p "$(DESTDIR)$(plugindir)"
	cp @NAME@.so "$(DESTDIR)$(plugindir)"

clean:
	rm -f @NAME@.so test_@NAME@

.PHONY: all check install clean
