using TlsFsm.Samples.SmtpStartTls;

using var cancelled = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    cancelled.Cancel();
};
return await SmtpCommand.RunAsync(args, Console.In, Console.Out, cancelled.Token);
