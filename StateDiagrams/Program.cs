using TlsFsm.StateDiagrams;

return await DiagramCommand.RunAsync(args, Console.Out, Console.Error);
