using TlsFsm.BogoShim;

return Shim.Run(args, Console.Out, Console.Error);
