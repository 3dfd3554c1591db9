/* The version of this library, the same as the project's in CMakeLists.txt. */
#ifndef HOX_VERSION_H
#define HOX_VERSION_H

#define HOX_VERSION "0.1.0"

#endif
