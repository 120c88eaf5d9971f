module suoke.life/platform/tools/consul-seed

go 1.26.0
