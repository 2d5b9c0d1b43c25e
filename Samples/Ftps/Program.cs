using TlsFsm.Samples.Ftps;

return await FtpsCommand.RunAsync(args, Console.In, Console.Out);
