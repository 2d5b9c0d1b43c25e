using TlsFsm.Cli;

return await CommandLine.RunAsync(args, Terminal.OfProcess());
