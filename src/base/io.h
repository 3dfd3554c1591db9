/* The seam to the file system: the only file that opens, writes, renames or removes. Errors name
 * the file and what the system said; status HOX_ERR_IO. Calls interrupted by a signal go on. */
#ifndef HOX_BASE_IO_H
#define HOX_BASE_IO_H

#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole file, NUL added behind (not counted); hox__free() it. Larger than `bytes_max`: an error.
 * Path "-" reads standard input. */
hox_status hox__file_read(const char *path, size_t bytes_max, char **data, size_t *n,
                          hox_error *err);

/* Either the whole old or the whole new file: temporary file in the same directory (0600), fsync,
 * rename, fsync of the directory. */
hox_status hox__file_write(const char *path, const void *data, size_t n, hox_error *err);

/* A file mapped for reading. n may be 0 (data NULL). */
typedef struct {
    const uint8_t *data;
    size_t n;
} hox__mapping;
hox_status hox__file_map(const char *path, hox__mapping *out, hox_error *err);
void hox__file_unmap(hox__mapping *mapping);

/* Zeroed memory that lives in a file without a name under /var/tmp: more than the machine has is
 * fine, the system keeps in memory what is used. */
hox_status hox__scratch_map(size_t n, void **out, hox_error *err);
void hox__scratch_unmap(void *memory, size_t n);

/* The names in a folder but those that begin with a dot, in byte order. More than `most` is an
 * error. */
typedef struct {
    int64_t n;
    char **name; /* [n] */
} hox__names;
hox_status hox__folder_read(const char *path, int64_t most, hox__names *out, hox_error *err);
void hox__names_free(hox__names *names);

bool hox__file_exists(const char *path);
bool hox__is_directory(const char *path);
bool hox__directory_has_content(const char *path);
int64_t hox__file_changed_ms(const char *path); /* since 1970; 0: there is no such file */
int64_t hox__file_bytes(const char *path);      /* 0: there is no such file */
hox_status hox__make_directories(const char *path, hox_error *err); /* like mkdir -p, 0700 */
hox_status hox__move(const char *from, const char *to, hox_error *err);
hox_status hox__remove_tree(const char *path,
                            hox_error *err); /* absent is fine; follows no links */
hox_status hox__on_network_file_system(const char *path, bool *yes, hox_error *err);

/* The next byte, waiting for it; false: the end, or an error. */
bool hox__read_byte(int fd, char *out);

/* Descriptors: everything written or an error; reads one line at a time elsewhere (proc.h). */
hox_status hox__write_all(int fd, const void *data, size_t n, hox_error *err);

#endif
