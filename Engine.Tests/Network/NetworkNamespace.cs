using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// For servers that bind all interfaces and cannot be told otherwise: each runs in a network namespace of its own, with nothing
/// but a loopback interface. The namespace has no name and ends with the server, however the test ends.
/// </summary>
internal static class NetworkNamespace
{
    private const int NewNetwork = 0x40000000;
    private const int Internet = 2;
    private const int StreamCloseOnExec = 1 | 0x80000;

    /// <summary>
    /// Linux, its tools, and the right to make one; otherwise the test is ignored with the reason, and under <c>CI=true</c> it fails.
    /// </summary>
    public static async Task RequireAsync()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Network namespaces are Linux's.");

        ExternalTool.Require("unshare", "ip");
        var (exitCode, _, errors) = await ExternalTool.RunAsync("unshare", "", "--net", "ip", "link", "set", "lo", "up");
        if (exitCode != 0)
            ExternalTool.IsMissing($"No network namespace can be made here: {errors.Trim()}");
    }

    /// <summary>Starts a server in a new namespace. The tool's own process is the server.</summary>
    public static ExternalTool Start(string tool, params string[] arguments) =>
        ExternalTool.Start("unshare", ["--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh", tool, .. arguments]);

    /// <summary>A socket in a server's namespace, connected to its loopback address.</summary>
    public static async Task<Socket> ConnectAsync(ExternalTool server, int port)
    {
        Socket? socket = null;
        Exception? failure = null;

        // A socket stays in the namespace that its thread was in when it was made. The thread is used for nothing else, and is back in
        // its own namespace before any other code runs on it, so that no thread of the pool is born in the wrong one.
        var thread = new Thread(() =>
        {
            try
            {
                socket = new Socket(new SafeSocketHandle(OpenIn($"/proc/{server.Id}/ns/net"), ownsHandle: true));
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            throw new AssertionException($"No socket in the server's network namespace: {failure}");

        await socket!.ConnectAsync("127.0.0.1", port);
        return socket;
    }

    private static nint OpenIn(string path)
    {
        using var own = File.OpenHandle("/proc/thread-self/ns/net");
        using var theirs = File.OpenHandle(path);
        Check(setns((int)theirs.DangerousGetHandle(), NewNetwork));
        var descriptor = socket(Internet, StreamCloseOnExec, 0);
        Check(setns((int)own.DangerousGetHandle(), NewNetwork));
        return Check(descriptor);
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setns(int descriptor, int kind);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int socket(int domain, int type, int protocol);
}
