/**
 * \file    base/path_digest.h
 * \brief   What a path leads to, in 64 digits
 */
#ifndef BASE_PATH_DIGEST_H
#define BASE_PATH_DIGEST_H

/**
 * \brief   SHA-256 of a file's bytes, or of the names and contents of all files in a folder
 *
 * Where nothing can be read, it is "". Folders are gone through to a depth that no folder of
 * pictures has.
 */
void path_digest(const char *path, char hex[65]);

#endif
