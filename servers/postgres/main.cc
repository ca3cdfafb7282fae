#include "servers/postgres/postgres.h"

int main(int argc, char** argv) { return iff::RunServer(argc, argv, iff::PostgresServer()); }
