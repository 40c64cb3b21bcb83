# SPDX-License-Identifier: GPL-2.0-only
# Rules that compile for tests: their own sources, those of the user-space programs, and the kernel's with their
# simulation. Into $(OUT), with the flags of the test. TOP, OUT, PRAM and UNIT must be set.

USER_CPPFLAGS := -D_GNU_SOURCE -MMD -MP -I$(OUT) -I$(TOP)/daemon -I$(TOP)/lib -I$(TOP)/systemd -I$(TOP)/ctl \
                 -I$(TOP)/plugin -I$(TOP)/kernel/include/uapi \
                 -DPRAM_LIBEXECDIR='"/libexec"' -DPRAM_UNITDIR='"/units"'
USER_LDLIBS := -lprotobuf-c

# pramctl without main(), and the objects of lib/ that it uses
CTL_TESTS := test_ctl_args test_ctl_verbs test_ctl_table
CTL_OBJ := $(patsubst $(TOP)/ctl/%.c,$(OUT)/user/ctl/%.o,$(filter-out %/main.c,$(wildcard $(TOP)/ctl/*.c))) \
           $(OUT)/user/lib/name.o $(OUT)/user/lib/wire.o $(OUT)/user/lib/io.o $(OUT)/user/lib/pramdev.o \
           $(OUT)/user/lib/praminfo.o $(OUT)/user/lib/reasons.o
CTL_LDLIBS := -ljansson -lsmartcols
CTL_CPPFLAGS := -DPRAM_PROGRAM_VERSION='"test"' -DMAN_PAGE='"$(TOP)/docs/man/pramctl.1"'
USER_CPPFLAGS += $(CTL_CPPFLAGS)

PB_H := $(OUT)/pram.pb-c.h $(OUT)/plugin.pb-c.h $(OUT)/criu.pb-c.h

$(OUT)/%.pb-c.c $(OUT)/%.pb-c.h &: $(TOP)/proto/%.proto
	@mkdir -p $(OUT)
	protoc-c --proto_path=$(TOP)/proto --c_out=$(OUT) $<

.SECONDARY: $(PB_H) $(PB_H:.h=.c)

$(OUT)/user-%.pb-c.o: $(OUT)/%.pb-c.c $(PB_H)
	$(CC) $(USER_CPPFLAGS) $(CFLAGS) -c -o $@ $<

# user/FOLDER/FILE.o of FOLDER/FILE.c
$(OUT)/user/%.o: $(TOP)/%.c | $(PB_H)
	@mkdir -p $(@D)
	$(CC) $(USER_CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/user-%.o: %.c | $(PB_H)
	$(CC) $(USER_CPPFLAGS) -I. $(CFLAGS) -c -o $@ $<

$(OUT)/%.o: %.c | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/%.o: $(UNIT)/shim/%.c | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/%.o: $(PRAM)/%.c | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT):
	mkdir -p $@
