// The program whose precompiled headers all tests share (testing.cmake).
int main() { return 0; }
