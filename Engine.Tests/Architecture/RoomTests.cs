using System.Reflection;

namespace TlsFsm.Tests.Architecture;

/// <summary>The folders inside of the layers are in an order too, so there is no circle of folders anywhere.</summary>
public sealed class RoomTests
{
    private static readonly Assembly Engine = typeof(TlsException).Assembly;

    private static IEnumerable<string> All => Rooms.InOrder;

    private static IEnumerable<Type> Types =>
        Engine.GetTypes().Where(type => type.Namespace?.StartsWith("TlsFsm", StringComparison.Ordinal) == true);

    [Test]
    public void Every_folder_with_sources_is_a_room_and_every_room_is_one()
    {
        var engine = Path.Combine(Repository.Folder, "Engine");
        var folders = Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(engine, Path.GetDirectoryName(file)!).Replace('\\', '/'))
            .Where(folder => folder.Split('/')[0] is not ("obj" or "bin"))
            .Distinct();

        Assert.That(Rooms.InOrder, Is.EquivalentTo(folders), "Rooms.InOrder says where a folder stands");
    }

    [TestCaseSource(nameof(All))]
    public void Uses_only_the_rooms_before_it(string room)
    {
        var wrong = from type in Types
                    where SourceFolders.Of(type) == room
                    from used in TypeUses.Of(type)
                    where used.Assembly == Engine && SourceFolders.Of(used) is { } other && !Rooms.MayUse(room, other)
                    select $"{type} uses {used} of {SourceFolders.Of(used)}";

        Assert.That(wrong.Distinct(), Is.Empty);
    }

    [Test]
    public void An_arrow_upwards_would_be_seen()
    {
        Assert.That(Rooms.MayUse("Core/Strictness", "Core/Certificates"), Is.False, "in a layer");
        Assert.That(Rooms.MayUse("Core", "Connection"), Is.False, "among layers");
        Assert.That(Rooms.MayUse("Core/Certificates", "Core/Strictness") && Rooms.MayUse("Core/Records", "Core/Records"), Is.True);
    }

    [Test]
    public void What_is_internal_has_the_namespace_of_its_room()
    {
        var wrong = from type in Types
                    where type is { IsVisible: false, IsNested: false } && SourceFolders.Of(type) is { } room
                        && type.Namespace != $"TlsFsm.{room.Replace('/', '.')}"
                    select $"{type} stands in {SourceFolders.Of(type)}";

        Assert.That(wrong, Is.Empty);
    }
}
