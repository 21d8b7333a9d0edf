module fake-apiserver/test/oracle/regex

go 1.24.0
