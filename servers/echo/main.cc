#include "servers/echo/echo.h"

int main(int argc, char** argv) { return iff::RunServer(argc, argv, iff::EchoServer()); }
