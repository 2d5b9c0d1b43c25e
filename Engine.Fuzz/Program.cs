using TlsFsm.Fuzz;

return await CommandLine.RunAsync(args, Console.Out);
