using TlsFsm.Soak;

return await SoakCommand.RunAsync(args);
